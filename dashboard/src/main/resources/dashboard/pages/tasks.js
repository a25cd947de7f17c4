import { html, nothing } from '../lib/lit-html/lit-html.js';
import { repeat } from '../lib/lit-html/directives/repeat.js';
import { t } from '../i18n.js';
import { bytes, count, duration } from '../format.js';
import { address } from '../places.js';
import {
  deadlineBar, excerpt, filterChoice, filterText, groupLink, groupsLeft, nextStep, pager, progress, requestLine, since, status, submitCommand,
  taskLink, workerLink,
} from '../ui.js';

const TABS = ['queued', 'executing', 'ended', 'completed', 'failed', 'cancelled'];

export function tasks(view, place, go, groups) {
  const { status: chosen = 'executing', group = '', worker = '', q = '' } = place.params;
  const totals = { queued: view.totals.queued, executing: view.totals.executing, ended: view.totals.ended };
  return html`
    <nav class="tabs" aria-label=${t('col.status')}>
      ${TABS.map((tab) => html`<a href=${address('tasks', '', { ...place.params, status: tab, page: '', ...(tab === 'queued' ? { worker: '' } : {}) })}
        aria-current=${tab === chosen ? 'page' : 'false'}>${t(`tasks.tab.${tab}`)}
        ${totals[tab] === undefined ? nothing : html`<span class="count">${count(totals[tab])}</span>`}</a>`)}
    </nav>
    <form class="filters" @submit=${(e) => e.preventDefault()}>
      ${filterChoice(t('filter.group'), group, groups, (value) => go({ group: value, page: '' }))}
      ${chosen === 'queued' ? nothing : html`<label class="field"><span>${t('filter.worker')}</span><input type="search" name="worker" .value=${worker} placeholder="W1-…"
        autocomplete="off" spellcheck="false" maxlength="80" @change=${(e) => go({ worker: e.target.value.trim(), page: '' })}></label>`}
      ${filterText('q', q, t('filter.taskText'), (text) => go({ q: text, page: '' }))}
    </form>
    <section class="card">
      ${view.searched ? html`<p class="searched muted">${t('tasks.searched', { found: count(view.total), n: count(view.searched) })}</p>` : nothing}
      ${view.tasks.length === 0
        ? group || worker || q || ['completed', 'failed', 'cancelled'].includes(chosen)
          ? html`<div class="empty"><p>${t('empty.filtered')}</p>
            ${group || worker || q ? html`<button type="button" @click=${() => go({ group: '', worker: '', q: '', page: '' })}>${t('filter.clear')}</button>` : nothing}</div>`
          : nextStep(t(`empty.${chosen}`), submitCommand())
        : html`<div class="scroll" tabindex="0" role="region" aria-label=${t('nav.tasks')}>${table(chosen, view.tasks)}</div>
          ${groupsLeft(view)}${pager(view, (page) => go({ page: page || '' }))}`}
    </section>`;
}

function table(chosen, rows) {
  if (chosen === 'queued') {
    return html`<table class="stack">
      <thead><tr><th class="num">${t('col.position')}</th><th>${t('col.task')}</th><th>${t('col.group')}</th>
        <th>${t('col.elapsed')}</th><th>${t('col.request')}</th></tr></thead>
      <tbody>${repeat(rows, (task) => task.id, (task) => html`<tr>
        <td class="num" data-label=${t('col.position')}>${count(task.position)}</td><td>${taskLink(task.id)}</td><td>${groupLink(task.group)}</td>
        <td>${deadlineBar(task.enqueuedAt, task.deadline)}</td>
        <td class="wide">${request(task)}</td></tr>`)}</tbody></table>`;
  }
  if (chosen === 'executing') {
    return html`<table class="stack">
      <thead><tr><th>${t('col.task')}</th><th>${t('col.group')}</th><th>${t('col.worker')}</th>
        <th class="num">${t('col.wait')}</th><th>${t('col.elapsed')}</th><th>${t('col.request')}</th></tr></thead>
      <tbody>${repeat(rows, (task) => task.id, (task) => html`<tr>
        <td>${taskLink(task.id)}</td><td>${groupLink(task.group)}</td><td>${workerLink(task.worker, task.group)}</td>
        <td class="num" data-label=${t('col.wait')}>${duration(task.startedAt - task.enqueuedAt)}</td><td><div class="work">${deadlineBar(task.startedAt, task.deadline)}${progress(task.progress, task.progressMessage)}</div></td>
        <td class="wide">${request(task)}</td></tr>`)}</tbody></table>`;
  }
  return html`<table class="stack">
    <thead><tr><th>${t('col.task')}</th><th>${t('col.status')}</th><th>${t('col.group')}</th><th>${t('col.worker')}</th>
      <th class="num">${t('col.ended')}</th><th class="num">${t('col.wait')}</th><th class="num">${t('col.run')}</th>
      <th class="num">${t('col.result')}</th><th>${t('col.details')}</th></tr></thead>
    <tbody>${repeat(rows, (task) => task.id, (task) => html`<tr>
      <td>${taskLink(task.id)}</td><td>${status(task.status)}</td><td>${groupLink(task.group)}</td>
      <td class=${task.worker ? '' : 'none'}>${workerLink(task.worker, task.group)}</td><td class="num">${since(task.endedAt)}</td>
      <td class="num" data-label=${t('col.wait')}>${duration((task.startedAt || task.endedAt) - task.enqueuedAt)}</td>
      <td class="num ${task.startedAt ? '' : 'none'}" data-label=${t('col.run')}>${task.startedAt ? duration(task.endedAt - task.startedAt) : '–'}</td>
      <td class="num ${task.resultBytes ? '' : 'none'}" data-label=${t('col.result')}>${task.resultBytes ? bytes(task.resultBytes) : '–'}</td>
      <td class="wide">${task.error ? html`<span class="error-text">${excerpt(task.error)}</span>` : request(task)}</td></tr>`)}</tbody></table>`;
}

function request(task) {
  return html`${requestLine(task.request)} ${task.requestBytes > 300 || !task.request ? html`<span class="muted size">${task.requestBytes ? bytes(task.requestBytes) : '–'}</span>` : nothing}`;
}
