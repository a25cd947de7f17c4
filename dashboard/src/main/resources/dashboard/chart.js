// Lines over the last minutes. <td-chart> draws with uPlot on a canvas; its legend is text, and follows the pointer.

import uPlot from './lib/uplot/dist/uPlot.esm.js';
import { onTheme } from './theme.js';
import { clock } from './format.js';

const HEIGHT = 168;
/** Whole steps only: there is no half a task. */
export const COUNTS = Array.from({ length: 30 }, (_, i) => [1, 2, 5][i % 3] * 10 ** Math.floor(i / 3));

/** Steps of ms that a clock has. */
export const TIMES = [
  ...COUNTS.filter((ms) => ms < 10_000), 10_000, 15_000, 30_000,
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600].map((minutes) => minutes * 60_000), ...[1, 2, 5, 10].map((days) => days * 86_400_000),
];

/** A point is a minute, so a mark between two of them would have the name of the first. */
const MINUTES = [1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60_000);

class Chart extends HTMLElement {
  /** `{series: [{label, colour, fill}], format, steps, at: [ms], values: [[...], ...]}`, where the steps are those of the marks. */
  set data(data) {
    const same = this.shape === JSON.stringify(data.series);
    this.shape = JSON.stringify(data.series);
    this.wanted = data;
    if (this.plot && same) {
      this.plot.setData([data.at, ...data.values]);
      this.legend(null);
    } else {
      this.draw();
    }
  }

  connectedCallback() {
    this.sizes = new ResizeObserver(() => {
      if (this.plot && this.clientWidth > 0) this.plot.setSize({ width: this.clientWidth, height: HEIGHT });
    });
    this.sizes.observe(this);
    this.unlisten = onTheme(() => requestAnimationFrame(() => this.draw()));
    this.draw();
  }

  disconnectedCallback() {
    this.sizes.disconnect();
    this.unlisten();
    this.plot?.destroy();
    this.plot = null;
  }

  colour(name) {
    this.style.color = `var(--${name})`;
    const colour = getComputedStyle(this).color;
    this.style.color = '';
    return colour;
  }

  draw() {
    if (!this.isConnected || !this.wanted) return;
    this.plot?.destroy();
    this.replaceChildren();
    this.words = document.createElement('div');
    this.words.className = 'legend';
    this.append(this.words);
    const { series, format, steps, at, values } = this.wanted;
    const axis = {
      stroke: this.colour('muted'),
      font: '11px system-ui, sans-serif',
      grid: { stroke: this.colour('line'), width: 1 },
      ticks: { show: false },
    };
    this.plot = new uPlot(
      {
        width: Math.max(200, this.clientWidth),
        height: HEIGHT,
        ms: 1,
        legend: { show: false },
        cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
        scales: { y: { range: (u, min, max) => [0, Math.max(max ?? 0, 4) * 1.1] } },
        axes: [
          { ...axis, grid: { show: false }, size: 26, space: 60, incrs: MINUTES, values: (u, times) => times.map((time) => clock(time).slice(0, 5)) },
          { ...axis, size: 62, space: 34, incrs: steps, values: (u, marks) => marks.map((mark) => format(mark)) },
        ],
        series: [
          {},
          ...series.map((line) => ({
            stroke: this.colour(line.colour),
            width: 1.75,
            fill: line.fill ? this.colour(`${line.colour}-soft`) : undefined,
            points: { show: (u, index) => isLonely(u.data[index]), size: 4 },
            spanGaps: false,
          })),
        ],
        hooks: { setCursor: [(u) => this.legend(u.cursor.idx)] },
      },
      [at, ...values],
      this,
    );
    this.legend(null);
  }

  /** The values at a place, or the last ones. */
  legend(index) {
    const { series, format, at, values } = this.wanted;
    this.words.replaceChildren(
      ...series.map((line, i) => {
        const item = document.createElement('span');
        const dot = document.createElement('i');
        dot.className = line.colour;
        const number = document.createElement('b');
        // The minute that has just begun may have no sample yet.
        const value = index === null || index === undefined ? values[i].at(-1) ?? values[i].at(-2) : values[i][index];
        number.textContent = value === null || value === undefined ? '–' : format(value);
        item.append(dot, ` ${line.label} `, number);
        return item;
      }),
    );
    if (index !== null && index !== undefined) {
      const when = document.createElement('span');
      when.className = 'when';
      when.textContent = clock(at[index]).slice(0, 5);
      this.words.append(when);
    }
  }
}

/** A line of single points would not be seen. */
function isLonely(values) {
  return values.every((value, i) => value === null || (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null);
}

customElements.define('td-chart', Chart);
