// The four charts of an hour, from the minutes of the overview or of a group.

import { html } from './lib/lit-html/lit-html.js';
import './chart.js';
import { t } from './i18n.js';
import { count, duration } from './format.js';

const time = (ms) => duration(ms).replace('.0 s', ' s');

function column(minutes, name) {
  return minutes.map((minute) => (minute[name] < 0 ? null : minute[name]));
}

function chart(title, minutes, lines, format) {
  const values = lines.map((line) => column(minutes, line.of));
  const last = lines.map((line, i) => `${line.label} ${values[i].at(-1) === null ? '–' : format(values[i].at(-1))}`);
  const data = { series: lines.map(({ label, colour, fill }) => ({ label, colour, fill })), format, at: minutes.map((m) => m.at), values };
  return html`<section class="card chart">
    <h3>${title} <small>${t('chart.lastHour')}</small></h3>
    <td-chart role="img" aria-label=${`${title}: ${last.join(', ')}`} .data=${data}></td-chart>
  </section>`;
}

export function charts(minutes) {
  return html`<div class="charts">
    ${chart(t('chart.perMinute'), minutes, [
      { of: 'accepted', label: t('chart.accepted'), colour: 'blue' },
      { of: 'completed', label: t('chart.completed'), colour: 'green' },
      { of: 'failed', label: t('chart.failed'), colour: 'red' },
      { of: 'cancelled', label: t('chart.cancelled'), colour: 'amber' },
    ], count)}
    ${chart(t('chart.depth'), minutes, [{ of: 'depth', label: t('chart.depthLine'), colour: 'amber', fill: true }], count)}
    ${chart(t('chart.wait'), minutes, [
      { of: 'waitP50', label: 'p50', colour: 'blue' },
      { of: 'waitP95', label: 'p95', colour: 'violet' },
    ], time)}
    ${chart(t('chart.run'), minutes, [
      { of: 'runP50', label: 'p50', colour: 'blue' },
      { of: 'runP95', label: 'p95', colour: 'violet' },
    ], time)}
  </div>`;
}
