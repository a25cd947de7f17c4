// The dashboard: which page the address means, what the server says of it, and when it is drawn anew.

import { html, nothing, render } from './lib/lit-html/lit-html.js';
import { t } from './i18n.js';
import './theme.js';
import * as api from './api.js';
import { shortId } from './format.js';
import { withNextFrame } from './frame.js';
import { Live } from './live.js';
import { address, isTaskId, parse, viewOf } from './places.js';
import { keepInSight } from './sight.js';
import { seconds, shared } from './ui.js';
import * as dialogs from './dialogs.js';
import { shell, signIn } from './shell.js';
import { overview } from './pages/overview.js';
import { group, groups } from './pages/groups.js';
import { workers } from './pages/workers.js';
import { tasks } from './pages/tasks.js';
import { task } from './pages/task.js';
import { log } from './pages/log.js';

const GO = { o: 'overview', g: 'groups', w: 'workers', t: 'tasks', l: 'log' };

const state = { place: parse(location.pathname, location.search), view: null, held: null, live: 'connecting', groups: [] };

const draw = withNextFrame(() => {
  if (dialogs.isOpen()) return;
  render(page(), document.body);
  keepInSight();
});

const live = new Live({ onView, onTick, onState, onRefused: refreshSession });

// ---- what the server says ----------------------------------------------------------------------------------------

function onView(view) {
  state.heardAt = performance.now();
  if (isHeld()) {
    state.held = view;
  } else {
    take(view);
  }
  draw();
}

function take(view) {
  state.view = view;
  state.held = null;
  if (view.groups) state.groups = view.groups.map((g) => g.name);
}

function onTick(tick) {
  shared.offset = tick.now - Date.now();
  state.heardAt = performance.now();
  draw();
}

function onState(word) {
  state.live = word;
  draw();
}

/** Nothing moves under the hands of the reader: while text is selected, a dialog is open or a choice is being made. */
function isHeld() {
  const selection = getSelection();
  const selects = selection && !selection.isCollapsed && document.getElementById('content')?.contains(selection.anchorNode);
  return selects || dialogs.isOpen() || document.activeElement?.tagName === 'SELECT';
}

document.addEventListener('selectionchange', release);
document.addEventListener('focusout', () => setTimeout(release));

function release() {
  if (state.held && !isHeld()) {
    take(state.held);
    draw();
  }
}

async function refreshSession() {
  try {
    shared.session = await api.session();
    if (!shared.session.signedIn) live.stop();
  } catch {
    // The gateway is away; the connection is tried again anyway.
  }
  draw();
}

// ---- places ------------------------------------------------------------------------------------------------------

function show(place) {
  const samePage = place.page === state.place.page && place.id === state.place.id;
  state.place = place;
  state.held = null;
  if (!samePage) state.view = null;
  const [view, params] = viewOf(place);
  live.watch(view, params);
  if (place.page !== 'overview' && place.page !== 'groups') refreshGroups();
  draw();
  if (!samePage) scrollTo(0, 0);
}

/** The names to filter by. */
async function refreshGroups() {
  try {
    state.groups = (await api.view('overview', {})).groups.map((g) => g.name);
    draw();
  } catch {
    // The filter then offers what it knew.
  }
}

function goTo(href, replace = false) {
  if (href === location.pathname + location.search) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', href);
  show(parse(location.pathname, location.search));
}

/** Changes parameters of the place; the address follows. */
function refine(change) {
  const { page, id, params } = state.place;
  goTo(address(page, id, { ...params, ...change }), true);
}

addEventListener('popstate', () => show(parse(location.pathname, location.search)));

document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[href]');
  if (!link || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link.origin !== location.origin || !link.pathname.startsWith('/dashboard') || link.hash) return;
  event.preventDefault();
  goTo(link.pathname + link.search);
  document.getElementById('content').focus({ preventScroll: true });
});

// ---- keyboard ----------------------------------------------------------------------------------------------------

let prefixAt = -Infinity;

document.addEventListener('keydown', (event) => {
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if (event.key === 'Escape' && typing) event.target.blur();
  if (typing || dialogs.isOpen() || event.ctrlKey || event.metaKey || event.altKey) return;
  if (performance.now() - prefixAt < 1_500 && GO[event.key]) {
    prefixAt = -Infinity;
    event.preventDefault();
    goTo(address(GO[event.key]));
  } else if (event.key === 'g') {
    prefixAt = performance.now();
  } else if (event.key === '/') {
    event.preventDefault();
    (document.querySelector('.filters [name=q]') ?? document.getElementById('find'))?.focus();
  } else if (event.key === 'p') {
    live.pause(!live.paused);
  } else if (event.key === '?') {
    help();
  }
});

function help() {
  dialogs.help([
    [['/'], t('keys.search')], [['p'], t('keys.pause')],
    ...Object.entries(GO).map(([key, page]) => [['g', key], t('keys.go', { page: t(`nav.${page}`) })]),
    [['?'], t('keys.help')], [['Esc'], t('keys.close')],
  ]);
}

// ---- drawing -----------------------------------------------------------------------------------------------------

shared.redraw = draw;

const SECTION = { group: 'groups', task: 'tasks' };

function page() {
  const { place } = state;
  const section = SECTION[place.page] ?? place.page;
  const title = titleOf(place);
  document.title = `${title} · Task Dispatcher`;
  if (shared.session && !shared.session.signedIn) return shell(section, signIn(start));
  return shell(section, html`
    <div class="top">
      <h1>${title}</h1>
      <form role="search" @submit=${find}><input id="find" type="search" name="id" aria-label=${t('find.label')} title=${t('find.label')}
        placeholder=${t('find.placeholder')} autocomplete="off" spellcheck="false" maxlength="100"><kbd aria-hidden="true">/</kbd></form>
      ${liveChip()}
      <button type="button" class="quiet" @click=${() => live.pause(!live.paused)} aria-pressed=${live.paused}>${t(live.paused ? 'live.resume' : 'live.pause')}</button>
      <button type="button" class="quiet round" title=${t('settings.keys')} aria-label=${t('settings.keys')} @click=${help}>?</button>
    </div>
    ${state.live === 'stale' && state.heardAt ? html`<p class="notice warning" role="alert">${t('live.staleSince', { time: seconds(performance.now() - state.heardAt) })}</p>` : nothing}
    ${state.view ? content() : html`<div class="loading" aria-busy="true"></div>`}`);
}

function titleOf(place) {
  if (place.page === 'group') return t('group.title', { name: place.id });
  return place.page === 'task' ? t('task.title', { id: shortId(place.id) }) : t(`nav.${place.page}`);
}

function liveChip() {
  const word = state.live === 'live' && state.held ? 'held' : state.live;
  return html`<span class="connection ${word}" role="status"><i aria-hidden="true"></i>${t(`live.${word}`)}</span>`;
}

function content() {
  const { place, view } = state;
  const names = [...new Set([...state.groups, place.params.group].filter(Boolean))].sort();
  const choices = [['', t('filter.allGroups')], ...names.map((name) => [name, name])];
  switch (place.page) {
    case 'overview': return overview(view);
    case 'groups': return groups(view, place, refine);
    case 'group': return group(view);
    case 'workers': return workers(view, place, refine, choices);
    case 'tasks': return tasks(view, place, refine, choices);
    case 'task': return task(view, place);
    default: return log(view, place, refine, choices);
  }
}

function find(event) {
  event.preventDefault();
  const text = new FormData(event.target).get('id').trim();
  if (!text) return;
  event.target.reset();
  goTo(isTaskId(text) ? address('task', text) : address('tasks', '', { status: 'ended', q: text }));
}

async function start() {
  await refreshSession();
  if (shared.session?.signedIn !== false) show(state.place);
}

start();
