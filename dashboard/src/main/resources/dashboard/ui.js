// The small parts that all pages are made of.

import { html, nothing } from './lib/lit-html/lit-html.js';
import { t, ago } from './i18n.js';
import { count, duration, gist, moment, shortId, oneLine } from './format.js';
import { address } from './places.js';
import * as curl from './curl.js';

/** What the pages share: the server's clock, the session, and how to draw again. Filled by the page's own script. */
export const shared = { offset: 0, session: null, redraw: () => {} };

/** Redis' time now, in ms. */
export const now = () => Date.now() + shared.offset;

const SHAPES = {
  queued: '○', executing: '◐', completed: '●', failed: '✕', cancelled: '⊘', refused: '✕',
  idle: '○', busy: '◐', joined: '◌', running: '●', lost: '✕', draining: '◑',
};

/** Status as colour, shape and word. */
export function badge(kind, word) {
  return html`<span class="badge ${kind}"><span aria-hidden="true">${SHAPES[kind] ?? '·'}</span>${word}</span>`;
}

export const status = (word) => badge(word, t(`status.${word}`));

/** What changes every moment is told in whole seconds. */
export function seconds(ms) {
  return ms < 1_000 ? '< 1 s' : duration(Math.floor(ms / 1_000) * 1_000).replace('.0 s', ' s');
}

/** How long ago; the moment itself on hover. */
export function since(at) {
  if (!at) return html`<span class="muted">–</span>`;
  return html`<time datetime=${new Date(at).toISOString()} title=${moment(at)}>${ago(seconds(now() - at))}</time>`;
}

/** How long since then, without "ago"; the moment itself on hover. */
export function elapsed(at) {
  if (!at) return html`<span class="muted">–</span>`;
  return html`<time datetime=${new Date(at).toISOString()} title=${moment(at)}>${seconds(now() - at)}</time>`;
}

const COPY = html`<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M6 2h7a1 1 0 0 1 1 1v7h-1.500V3.500H6zM2 6a1 1 0 0 1 1-1h7a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1zm1.500.5v6h6v-6z"></path></svg>`;

/** A button that copies and says so. */
export function copyButton(text, label = t('copy.copy'), small = false) {
  return html`<button type="button" class=${small ? 'icon copy' : 'quiet copy'} title=${label} aria-label=${label}
    @click=${(event) => copy(event, text)}>${small ? COPY : label}</button>`;
}

async function copy(event, text) {
  event.preventDefault();
  event.stopPropagation();
  const button = event.currentTarget;
  const value = typeof text === 'function' ? text() : text;
  try {
    await navigator.clipboard.writeText(value);
  } catch {
    // Without https there is no clipboard for scripts; the old way needs a selection.
    const area = document.createElement('textarea');
    area.value = value;
    area.className = 'offscreen';
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
    button.focus();
  }
  button.classList.add('done');
  announce(t('copy.copied'));
  setTimeout(() => button.classList.remove('done'), 1_200);
}

/** Tells a screen reader, and shows it for a moment. */
export function announce(text) {
  const place = document.getElementById('announcer');
  if (!place) return;
  place.textContent = text;
  place.classList.add('shown');
  clearTimeout(announce.timer);
  announce.timer = setTimeout(() => place.classList.remove('shown'), 1_500);
}

export function taskLink(id) {
  return html`<span class="id"><a href=${address('task', id)} title=${id}><code>${shortId(id)}</code></a>${copyButton(id, t('copy.id'), true)}</span>`;
}

export function groupLink(name) {
  return html`<a class="group" href=${address('group', name)} title=${name}>${name}</a>`;
}

/** A link to the worker among the workers. */
export function workerLink(id, group) {
  if (!id) return html`<span class="muted">–</span>`;
  return html`<a href=${address('workers', '', { group, q: id })}><code>${id}</code></a>`;
}

/** A command to paste. */
export function command(text) {
  return html`<div class="command"><code tabindex="0">${text}</code>${copyButton(text)}</div>`;
}

/** What to do where there is nothing yet. */
export function nextStep(text, commandText, bench = true) {
  return html`<div class="empty">
    <p>${text}</p>
    ${commandText ? command(commandText) : nothing}
    ${bench && !shared.session?.readOnly ? html`<p><a href="/test-worker">${t('empty.bench')}</a></p>` : nothing}
  </div>`;
}

export const workerCommand = (group = 'default') =>
  curl.worker(location.origin, group, shared.session?.asksWorkers);

export const submitCommand = (group = 'default') =>
  curl.submit(location.origin, group === 'default' ? '{"data": {"prompt": "hello"}}'
    : `{"data": {"prompt": "hello"}, "group": "${group}"}`, shared.session?.asksClients);

/** How much of a task's time is used. */
export function deadlineBar(from, deadline) {
  if (!from || !deadline) return html`<span class="muted">–</span>`;
  const used = Math.max(0, now() - from);
  const whole = Math.max(1, deadline - from);
  const share = Math.min(1, used / whole);
  const left = deadline - now();
  const text = left >= 0 ? t('task.left', { time: duration(left) }) : t('task.over', { time: duration(-left) });
  return html`<span class="deadline" title=${moment(deadline)}>
    <span class="bar ${share > 0.8 ? 'late' : ''}"><span .style=${`width:${(share * 100).toFixed(1)}%`}></span></span>
    <span class="num">${duration(used)}</span><span class="muted">${text}</span></span>`;
}

/** How far a worker says it is with its task, in a line; nothing where it does not say. */
export function progress(share, message) {
  if (share < 0 && !message) return nothing;
  return html`<span class="deadline progress" title=${oneLine(message)}>
    ${share < 0 ? nothing : html`<span class="bar"><span .style=${`width:${(share * 100).toFixed(1)}%`}></span></span><span class="num">${Math.floor(share * 100)} %</span>`}
    ${message ? html`<bdi class="muted said">${oneLine(message)}</bdi>` : nothing}</span>`;
}

/** The beginning of a foreign text, on one line. */
export function excerpt(text, length = 120) {
  if (!text) return nothing;
  const line = oneLine(text);
  return html`<bdi class="excerpt">${line.length > length ? `${line.slice(0, length)}…` : line}</bdi>`;
}

/** What a request is about, on one line. */
export function requestLine(text) {
  return text ? html`<span title=${oneLine(text)}>${excerpt(gist(text))}</span>` : nothing;
}

/** Page by page through a list. */
/** Says that there are groups which the page does not show. */
export function groupsLeft(view) {
  return view.groupsLeft ? html`<p class="more muted" role="note">${t('groups.left', { n: count(view.groupsLeft) })}</p>` : nothing;
}

export function pager(view, go) {
  const from = view.page * view.pageSize;
  if (view.total <= view.pageSize && view.page === 0) return nothing;
  const last = Math.max(0, Math.ceil(view.total / view.pageSize) - 1);
  const to = Math.min(view.total, from + view.pageSize);
  return html`<nav class="pager" aria-label=${t('page.range', { from: from + 1, to, total: view.total })}>
    <button type="button" ?disabled=${view.page === 0} @click=${() => go(view.page - 1)}>${t('page.previous')}</button>
    <span class="num">${t('page.range', { from: Math.min(from + 1, view.total), to, total: view.total })}</span>
    <button type="button" ?disabled=${view.page >= last} @click=${() => go(view.page + 1)}>${t('page.next')}</button>
  </nav>`;
}

/** A field to filter by; tells its value a moment after the last key. */
export function filterText(name, value, label, onChange) {
  const changed = ({ target }) => {
    clearTimeout(target.timer);
    target.timer = setTimeout(() => onChange(target.value.trim()), 300);
  };
  return html`<label class="field grow"><span>${t('filter.text')}</span>
    <input type="search" name=${name} .value=${value ?? ''} placeholder=${label} autocomplete="off" spellcheck="false"
      maxlength="200" @input=${changed}></label>`;
}

export function filterChoice(label, value, options, onChange) {
  return html`<label class="field"><span>${label}</span>
    <select @change=${(event) => onChange(event.target.value)}>
      ${options.map(([key, word]) => html`<option value=${key} ?selected=${key === (value ?? '')}>${word}</option>`)}
    </select></label>`;
}
