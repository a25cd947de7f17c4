import { html, nothing } from '../lib/lit-html/lit-html.js';
import { repeat } from '../lib/lit-html/directives/repeat.js';
import { t } from '../i18n.js';
import { bytes, clock, duration, moment } from '../format.js';
import { address } from '../places.js';
import { badge, excerpt, filterChoice, filterText, groupLink, requestLine, shared, taskLink, workerLink } from '../ui.js';
import { view } from '../api.js';
import { Payload } from '../payload.js';
import { noResult } from './task.js';

const KINDS = ['', 'tasks', 'failures', 'workers', 'gateways'];
const COLOURS = {
  accepted: 'queued', delivered: 'executing', completed: 'completed', failed: 'failed', cancelled: 'cancelled', refused: 'refused',
  worker_joined: 'idle', worker_left: 'joined', gateway_started: 'running', gateway_stopping: 'draining', skipped: 'joined',
};

/** Lines whose request and answer are open. */
const open = new Map();

export function log(lines, place, go, groups) {
  const { group = '', kind = '', q = '', before = '' } = place.params;
  return html`
    <form class="filters" @submit=${(e) => e.preventDefault()}>
      ${filterChoice(t('filter.kind'), kind, KINDS.map((key) => [key, t(key ? `log.${key}` : 'log.all')]), (value) => go({ kind: value, before: '' }))}
      ${filterChoice(t('filter.group'), group, groups, (value) => go({ group: value, before: '' }))}
      ${filterText('q', q, t('filter.logText'), (text) => go({ q: text, before: '' }))}
    </form>
    ${before ? html`<p class="notice">${t('log.olderNote')} <a href=${address('log', '', { ...place.params, before: '' })}>${t('page.newest')}</a></p>` : nothing}
    <section class="card">
      ${lines.lines.length === 0
        ? html`<div class="empty"><p>${t(group || kind || q ? 'empty.filtered' : 'empty.log')}</p></div>`
        : html`<div class="scroll" tabindex="0" role="region" aria-label=${t('nav.log')}><table class="log stack">
          <thead><tr><th class="open"><span class="offscreen">${t('log.details')}</span></th><th>${t('col.time')}</th><th>${t('col.what')}</th><th>${t('col.task')}</th><th>${t('col.group')}</th>
            <th>${t('col.worker')}</th><th>${t('col.gateway')}</th><th>${t('col.details')}</th></tr></thead>
          <tbody>${repeat(lines.lines, (line) => line.place, row)}</tbody></table></div>`}
      ${lines.next ? html`<p class="more"><a href=${address('log', '', { ...place.params, before: lines.next })}>${t('page.older')}</a></p>` : nothing}
    </section>`;
}

function row(line) {
  const opened = open.get(line.place);
  const toggle = () => {
    if (opened) open.delete(line.place);
    else look(line);
    shared.redraw();
  };
  return html`<tr>
      <td class="open ${hasTask(line) ? '' : 'none'}">${hasTask(line) ? html`<button type="button" class="icon" title=${t('log.details')} aria-label=${t('log.details')}
        aria-expanded=${!!opened} @click=${toggle}>${opened ? '▾' : '▸'}</button>` : nothing}</td>
      <td><time title=${moment(line.at)}>${clock(line.at)}</time></td>
      <td>${badge(COLOURS[line.kind], t(`log.${line.kind}`))}</td>
      <td class=${hasTask(line) ? '' : 'none'}>${hasTask(line) ? taskLink(line.task) : html`<span class="muted">–</span>`}</td>
      <td class=${line.group ? '' : 'none'}>${line.group ? groupLink(line.group) : html`<span class="muted">–</span>`}</td>
      <td class=${line.worker ? '' : 'none'}>${workerLink(line.worker, line.group)}</td>
      <td><code>${line.gateway}</code></td>
      <td class="wide">${details(line)}</td>
    </tr>
    ${opened ? html`<tr class="opened"><td colspan="8">${both(opened)}</td></tr>` : nothing}`;
}

const hasTask = (line) => line.task !== '' && line.kind !== 'worker_left';

/** Reads what there is of the task of a line. */
async function look(line) {
  const opened = { request: new Payload(line.task, 'request'), result: new Payload(line.task, 'result') };
  open.set(line.place, opened);
  try {
    opened.task = (await view('task', { id: line.task })).task;
  } catch (e) {
    opened.why = e.message;
  }
  shared.redraw();
}

function both({ task, why, request, result }) {
  if (why) return html`<p class="error-text">${t('error.load', { why })}</p>`;
  if (task === undefined) return html`<p class="muted">${t('payload.loading')}</p>`;
  if (task === null) return html`<p class="muted">${t('task.missing')}</p>`;
  return html`<div class="pair even">
    ${request.show(t('task.request'), task.requestBytes, t('payload.notKept'))}
    ${task.error ? html`<section class="card payload"><h2>${t('task.error')}</h2><pre class="raw error-text" tabindex="0"><bdi>${task.error}</bdi></pre></section>`
      : result.show(t('task.result'), task.resultBytes, t(noResult(task)))}
  </div>`;
}

function details(line) {
  const times = [
    line.waitMs >= 0 ? t('task.waited', { time: duration(line.waitMs) }) : '',
    line.runMs >= 0 ? t('task.ran', { time: duration(line.runMs) }) : '',
    line.bytes >= 0 && line.kind !== 'failed' && line.kind !== 'skipped' ? bytes(line.bytes) : '',
  ].filter(Boolean).join(' · ');
  const text = line.kind === 'skipped' ? t('log.skippedText', { n: line.bytes }) : null;
  return html`${times ? html`<span class="muted">${times}</span> ` : nothing}${text ?? html`<span class=${line.kind === 'failed' || line.kind === 'refused' ? 'error-text' : ''}>${line.kind === 'accepted' ? requestLine(line.text) : excerpt(line.text, 110)}</span>`}`;
}
