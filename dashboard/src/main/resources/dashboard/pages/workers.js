import { html, nothing } from '../lib/lit-html/lit-html.js';
import { repeat } from '../lib/lit-html/directives/repeat.js';
import { t } from '../i18n.js';
import { count } from '../format.js';
import { badge, deadlineBar, elapsed, filterChoice, filterText, groupLink, groupsLeft, nextStep, pager, since, taskLink, workerCommand } from '../ui.js';

/** Which of its models the worker does not get, and who has them. */
function refused(worker) {
  return worker.refused.length === 0 ? nothing : html`<ul class="refused">${worker.refused.map((it) => html`<li class="muted">⚠ ${
    it.owner ? t('workers.modelTaken', { model: it.model, group: it.owner }) : t('workers.tooManyModels', { model: it.model })}</li>`)}</ul>`;
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
        : html`<div class="scroll" tabindex="0" role="region" aria-label=${t('nav.workers')}><table>
          <thead><tr>
            <th>${t('col.worker')}</th><th>${t('col.group')}</th><th>${t('col.state')}</th><th>${t('col.task')}</th>
            <th>${t('col.elapsed')}</th><th class="num">${t('col.done')}</th><th>${t('col.gateway')}</th>
            <th class="num">${t('col.since')}</th><th class="num">${t('col.seen')}</th>
          </tr></thead>
          <tbody>${repeat(view.workers, (w) => w.id, (w) => html`<tr>
            <td><code>${w.id}</code>${refused(w)}</td><td>${groupLink(w.group)}</td><td>${badge(w.state, t(`state.${w.state}`))}</td>
            <td>${w.task ? taskLink(w.task) : html`<span class="muted">–</span>`}</td>
            <td>${deadlineBar(w.taskStartedAt, w.taskDeadline)}</td>
            <td class="num">${count(w.done)}</td><td><code>${w.gateway}</code></td>
            <td class="num">${elapsed(w.since)}</td><td class="num">${since(w.seenAt)}</td></tr>`)}</tbody>
        </table></div>${groupsLeft(view)}${pager(view, (page) => go({ page: page || '' }))}`}
    </section>`;
}
