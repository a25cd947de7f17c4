// The four charts of the last minutes, from those of the overview or of a group.

import { html } from './lib/lit-html/lit-html.js';
import { COUNTS, TIMES } from './chart.js';
import { t } from './i18n.js';
import { count, duration } from './format.js';
import { keep, recall } from './memory.js';
import { RANGES, lastMinutes, rangeOf } from './ranges.js';
import { shared } from './ui.js';

const time = (ms) => duration(ms).replace('.0 s', ' s');

function column(minutes, name) {
  return minutes.map((minute) => (minute[name] < 0 ? null : minute[name]));
}

function chart(title, minutes, lines, format) {
  const values = lines.map((line) => column(minutes, line.of));
  const last = lines.map((line, i) => `${line.label} ${values[i].at(-1) === null ? '–' : format(values[i].at(-1))}`);
  const data = { series: lines.map(({ label, colour, fill }) => ({ label, colour, fill })), format, steps: format === time ? TIMES : COUNTS, at: minutes.map((m) => m.at), values };
  return html`<section class="card chart">
    <h3>${title}</h3>
    <td-chart role="img" aria-label=${`${title}: ${last.join(', ')}`} .data=${data}></td-chart>
  </section>`;
}

function choose(range) {
  keep('range', range);
  shared.redraw();
}

const word = (range) => (range === 60 ? t('chart.hour') : t('chart.minutes', { n: range }));

export function charts(all) {
  const chosen = rangeOf(recall('range'));
  const minutes = lastMinutes(all, chosen);
  return html`
    <div class="range" role="group" aria-label=${t('chart.range')}>
      <h2>${t('chart.title')} <small>${t(minutes.length === 60 ? 'chart.lastHour' : 'chart.lastMinutes', { n: minutes.length })}</small></h2>
      <span class="choice">${RANGES.map((range) => html`<button type="button" class="quiet" aria-pressed=${range === chosen} @click=${() => choose(range)}>${word(range)}</button>`)}</span>
    </div>
    <div class="charts">
      ${chart(t('chart.perMinute'), minutes, [
        { of: 'accepted', label: t('chart.accepted'), colour: 'blue' },
        { of: 'completed', label: t('chart.completed'), colour: 'green' },
        { of: 'failed', label: t('chart.failed'), colour: 'red' },
        { of: 'cancelled', label: t('chart.cancelled'), colour: 'amber' },
      ], count)}
      ${chart(t('chart.depth'), minutes, [{ of: 'depth', label: t('chart.depthLine'), colour: 'amber', fill: true }], count)}
      ${chart(t('chart.wait'), minutes, [
        { of: 'waitP50', label: t('chart.half'), colour: 'blue' },
        { of: 'waitP95', label: t('chart.most'), colour: 'violet' },
      ], time)}
      ${chart(t('chart.run'), minutes, [
        { of: 'runP50', label: t('chart.half'), colour: 'blue' },
        { of: 'runP95', label: t('chart.most'), colour: 'violet' },
      ], time)}
    </div>`;
}
