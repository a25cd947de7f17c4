import { html, nothing } from '../lib/lit-html/lit-html.js';
import { repeat } from '../lib/lit-html/directives/repeat.js';
import { t } from '../i18n.js';
import { count, oneLine } from '../format.js';
import { badge, deadlineBar, elapsed, filterChoice, filterText, groupLink, groupsLeft, nextStep, pager, progress, since, taskLink, workerCommand } from '../ui.js';

/** So many models, and so many labels, stand in a row. */
const SHOWN = 6;

/** Which of its models the worker does not get, and who has them. */
function refused(worker) {
  return worker.refused.length === 0 ? nothing : html`<ul class="refused">${worker.refused.map((it) => html`<li class="muted">⚠ ${
    it.owner ? t('workers.modelTaken', { model: it.model, group: it.owner }) : t('workers.tooManyModels', { model: it.model })}</li>`)}</ul>`;
}

/** What it calls itself, and what it has and does. */
function who(worker) {
  const chips = [
    ...worker.models.slice(0, SHOWN).map((model) => chip(model, t('workers.model'), 'model')),
    ...Object.entries(worker.labels).slice(0, SHOWN).map(([name, value]) => chip(`${name}: ${value}`, '', '')),
  ];
  const more = worker.modelsLeft + Math.max(0, worker.models.length - SHOWN);
  return html`${worker.name ? html`<b class="name"><bdi>${oneLine(worker.name)}</bdi></b> ` : nothing}<code>${worker.id}</code>
    ${chips.length ? html`<div class="chips">${chips}${more ? html`<span class="muted">${t('workers.moreModels', { n: more })}</span>` : nothing}</div>` : nothing}${refused(worker)}`;
}

const chip = (text, title, kind) => html`<span class="chip ${kind}" title=${title}><bdi>${oneLine(text)}</bdi></span>`;

function work(worker) {
  if (!worker.task) return html`<span class="muted">–</span>`;
  return html`<div class="work">${taskLink(worker.task)}${deadlineBar(worker.taskStartedAt, worker.taskDeadline)}${progress(worker.progress, worker.progressMessage)}</div>`;
}

export function workers(view, place, go, groups) {
  const { group = '', state = '', q = '' } = place.params;
  const filtered = group || state || q;
  return html`
    <form class="filters" @submit=${(e) => e.preventDefault()}>
      ${filterChoice(t('filter.group'), group, groups, (value) => go({ group: value, page: '' }))}
      ${filterChoice(t('filter.state'), state, [['', t('filter.any')], ['idle', t('state.idle')], ['busy', t('state.busy')]],
        (value) => go({ state: value, page: '' }))}
      ${filterText('q', q, t('filter.workerText'), (text) => go({ q: text, page: '' }))}
    </form>
    <section class="card">
      ${view.workers.length === 0
        ? filtered ? html`<div class="empty"><p>${t('empty.filtered')}</p><button type="button" @click=${() => go({ group: '', state: '', q: '', page: '' })}>${t('filter.clear')}</button></div>`
          : nextStep(t('empty.workers'), workerCommand())
        : html`<div class="scroll" tabindex="0" role="region" aria-label=${t('nav.workers')}><table class="stack">
          <thead><tr>
            <th>${t('col.worker')}</th><th>${t('col.group')}</th><th>${t('col.state')}</th><th>${t('col.task')}</th>
            <th class="num">${t('col.done')}</th><th>${t('col.gateway')}</th>
            <th class="num">${t('col.since')}</th><th class="num">${t('col.seen')}</th>
          </tr></thead>
          <tbody>${repeat(view.workers, (w) => w.id, (w) => html`<tr>
            <td class="first who">${who(w)}</td><td>${groupLink(w.group)}</td><td>${badge(w.state, t(`state.${w.state}`))}</td>
            <td class=${w.task ? 'at-work' : 'none'}>${work(w)}</td>
            <td class="num" data-label=${t('col.done')}>${count(w.done)}</td><td><code>${w.gateway}</code></td>
            <td class="num" data-label=${t('col.since')}>${elapsed(w.since)}</td><td class="num" data-label=${t('col.seen')}>${since(w.seenAt)}</td></tr>`)}</tbody>
        </table></div>${groupsLeft(view)}${pager(view, (page) => go({ page: page || '' }))}`}
    </section>`;
}
