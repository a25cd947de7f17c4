import { html, nothing } from '../lib/lit-html/lit-html.js';
import { repeat } from '../lib/lit-html/directives/repeat.js';
import { t } from '../i18n.js';
import { count } from '../format.js';
import { address } from '../places.js';
import { command, elapsed, filterText, groupLink, groupsLeft, nextStep, workerCommand } from '../ui.js';
import { charts } from '../charts.js';

const COLUMNS = [
  ['name', 'col.group'], ['depth', 'col.waiting'], ['oldestAt', 'col.oldest'], ['executing', 'col.executing'],
  ['workers', 'col.workers'], ['idle', 'col.idle'], ['completed', 'col.rate'], ['failed', 'col.failedRate'],
];

/** `sort` is `[column, how]` and what to do when a heading is pressed; without it the order stays. */
export function groupTable(groups, sort) {
  const heading = ([name, word]) => {
    const numeric = name === 'name' ? '' : 'num';
    if (!sort) return html`<th class=${numeric}>${t(word)}</th>`;
    const direction = sort.by === name ? (sort.down ? 'descending' : 'ascending') : 'none';
    return html`<th class=${numeric} aria-sort=${direction}>
      <button type="button" class="heading" @click=${() => sort.change(name)}>${t(word)}<span aria-hidden="true">${{ ascending: ' ↑', descending: ' ↓', none: '' }[direction]}</span></button></th>`;
  };
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${t('nav.groups')}><table class="stack">
    <thead><tr>${COLUMNS.map(heading)}</tr></thead>
    <tbody>${repeat(groups, (g) => g.name, (g) => html`<tr>
      <td class="first">${groupLink(g.name)}</td>
      <td class="num" data-label=${t('col.waiting')}>${g.depth ? html`<a href=${address('tasks', '', { status: 'queued', group: g.name })}>${count(g.depth)}</a>` : '0'}</td>
      <td class="num" data-label=${t('col.oldest')}>${elapsed(g.oldestAt)}</td>
      <td class="num" data-label=${t('col.executing')}>${g.executing ? html`<a href=${address('tasks', '', { status: 'executing', group: g.name })}>${count(g.executing)}</a>` : '0'}</td>
      <td class="num ${g.workers === 0 && g.depth > 0 ? 'alarm' : ''}" data-label=${t('col.workers')}>
        ${g.workers ? html`<a href=${address('workers', '', { group: g.name })}>${count(g.workers)}</a>` : '0'}</td>
      <td class="num" data-label=${t('col.idle')}>${count(g.idle)}</td>
      <td class="num" data-label=${t('col.rate')}>${count(g.perMinute.completed)}</td>
      <td class="num ${g.perMinute.failed ? 'error-text' : ''}" data-label=${t('col.failedRate')}>${count(g.perMinute.failed)}</td>
    </tr>`)}</tbody></table></div>`;
}

export function groups(view, place, go) {
  const { q = '', by = 'name', down = '' } = place.params;
  const value = (g) => ({ completed: g.perMinute.completed, failed: g.perMinute.failed })[by] ?? (by === 'oldestAt' ? -(g.oldestAt || Infinity) : g[by]);
  const sorted = view.groups
    .filter((g) => g.name.toLowerCase().includes(q.toLowerCase()))
    .sort((a, b) => (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0) * (down ? -1 : 1));
  const change = (name) => go({ by: name, down: by === name ? (down ? '' : '1') : name === 'name' ? '' : '1' });
  if (view.groups.length === 0) return nextStep(t('empty.groups'), workerCommand());
  return html`
    <form class="filters" @submit=${(e) => e.preventDefault()}>${filterText('q', q, t('filter.group'), (text) => go({ q: text }))}</form>
    <section class="card">${sorted.length ? groupTable(sorted, { by, down, change }) : html`<div class="empty"><p>${t('empty.filtered')}</p></div>`}${groupsLeft(view)}</section>`;
}

export function group(view) {
  const g = view.group;
  const figure = (word, value, href, colour = 'plain') => html`<a class="figure ${colour}" href=${href}><span class="label">${t(word)}</span><span class="value">${value}</span></a>`;
  return html`
    ${g.workers === 0 ? html`<div class="notice warning"><p>${t('group.noWorkers')}</p>${command(workerCommand(g.name))}</div>` : nothing}
    <div class="figures">
      ${figure('col.waiting', count(g.depth), address('tasks', '', { status: 'queued', group: g.name }), g.depth ? 'amber' : 'plain')}
      ${figure('col.oldest', elapsed(g.oldestAt), address('tasks', '', { status: 'queued', group: g.name }))}
      ${figure('col.executing', count(g.executing), address('tasks', '', { status: 'executing', group: g.name }), g.executing ? 'blue' : 'plain')}
      ${figure('col.idle', count(g.idle), address('workers', '', { group: g.name, state: 'idle' }))}
      ${figure('col.busy', count(Math.max(0, g.workers - g.idle)), address('workers', '', { group: g.name, state: 'busy' }))}
      ${figure('col.rate', count(g.perMinute.completed), address('tasks', '', { status: 'completed', group: g.name }), g.perMinute.completed ? 'green' : 'plain')}
      ${figure('col.failedRate', count(g.perMinute.failed), address('tasks', '', { status: 'failed', group: g.name }), g.perMinute.failed ? 'red' : 'plain')}
    </div>
    ${charts(view.minutes)}
    <p class="links"><a class="button" href=${address('tasks', '', { group: g.name, status: 'queued' })}>${t('group.tasks')}</a>
      <a class="button" href=${address('workers', '', { group: g.name })}>${t('group.workers')}</a></p>`;
}
