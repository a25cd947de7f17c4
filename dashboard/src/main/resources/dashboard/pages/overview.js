import { html, nothing } from '../lib/lit-html/lit-html.js';
import { repeat } from '../lib/lit-html/directives/repeat.js';
import { t } from '../i18n.js';
import { bytes, count, duration, durationParts } from '../format.js';
import { address } from '../places.js';
import { LEASE_MS, troubles } from '../health.js';
import { badge, elapsed, groupsLeft, nextStep, now, shared, since, workerCommand } from '../ui.js';
import { charts } from '../charts.js';
import { groupTable } from './groups.js';

const SHOWN_GROUPS = 8;

export function overview(view) {
  const sum = (of) => view.groups.reduce((all, group) => all + of(group), 0);
  const oldest = Math.min(...view.groups.map((group) => group.oldestAt || Infinity));
  const ended = sum((g) => g.perMinute.completed) + sum((g) => g.perMinute.failed);
  const failed = sum((g) => g.perMinute.failed);
  const last = [...view.minutes].reverse().find((minute) => minute.waitP95 >= 0 || minute.runP95 >= 0);
  const busyGroups = view.groups.filter((group) => group.executing > 0).length;
  const workers = sum((g) => g.workers);
  const idle = sum((g) => g.idle);
  const waiting = sum((g) => g.depth);
  const executing = sum((g) => g.executing);
  return html`
    ${health(view, workers)}
    ${view.groups.length === 0 ? html`<section class="card"><h2>${t('overview.groups')}</h2>${nextStep(t('empty.groups'), workerCommand())}</section>` : nothing}
    <div class="figures">
      ${figure(t('overview.waiting'), count(waiting),
        oldest === Infinity ? t('overview.nothingWaits') : t('overview.oldest', { time: duration(Math.max(0, now() - oldest)) }),
        address('tasks', '', { status: 'queued' }), waiting ? 'amber' : 'plain')}
      ${figure(t('overview.executing'), count(executing),
        t('overview.inGroups', { n: busyGroups }),
        address('tasks', '', { status: 'executing' }), executing ? 'blue' : 'plain')}
      ${figure(t('overview.workers'), count(workers), t('overview.idleBusy', { idle: count(idle), busy: count(workers - idle) }),
        address('workers'), 'plain')}
      ${figure(t('overview.completed'), count(ended - failed), t('overview.perMinute'), address('tasks', '', { status: 'completed' }), ended > failed ? 'green' : 'plain')}
      ${figure(t('overview.failed'), count(failed),
        ended ? t('overview.failedShare', { share: `${(100 * failed / ended).toFixed(failed && failed / ended < 0.01 ? 1 : 0)} %` }) : t('overview.perMinute'),
        address('tasks', '', { status: 'failed' }), failed ? 'red' : 'plain')}
      ${figure(t('overview.wait'), time(last ? last.waitP95 : -1), t('overview.most'), null, 'plain')}
      ${figure(t('overview.run'), time(last ? last.runP95 : -1), t('overview.most'), null, 'plain')}
    </div>
    ${view.groups.length || view.minutes.some((minute) => minute.accepted) ? charts(view.minutes) : nothing}
    ${view.groups.length ? html`<section class="card">
      <h2>${t('overview.groups')}</h2>
      ${groupTable(busiest(view.groups).slice(0, SHOWN_GROUPS))}
      ${view.groups.length > SHOWN_GROUPS
        ? html`<p class="more"><a href=${address('groups')}>${t('overview.allGroups', { n: view.groups.length })}</a></p>` : nothing}
      ${groupsLeft(view)}
    </section>` : nothing}
    ${gateways(view.gateways)}
    ${redis(view.redis)}`;
}

/** The first thing to see: all is well, or what is not. */
function health(view, workers) {
  const wrong = troubles(view, now(), (shared.session?.defaultTimeoutMs ?? 60_000) / 2);
  if (wrong.length === 0) {
    const what = t('health.what', { gateways: count(view.gateways.length), workers: count(workers), groups: count(view.groups.length) });
    return html`<p class="health well" role="status"><b><span aria-hidden="true">✓</span> ${t(workers ? 'health.well' : 'health.ready')}</b> <span>${what}</span></p>`;
  }
  return html`<div class="health ${wrong[0].bad ? 'bad' : 'doubtful'}" role="status"><ul>${wrong.map((it) => html`<li class=${it.bad ? 'bad' : 'doubtful'}>
    <span aria-hidden="true">${it.bad ? '✕' : '⚠'}</span> <span>${t(it.word, it.values)} ${it.href ? html`<a href=${it.href}>${t('health.look')}</a>` : nothing}</span></li>`)}</ul></div>`;
}

/** Where something is wrong first, then where most is going on. */
export function busiest(groups) {
  const trouble = (g) => (g.depth > 0 && g.workers === 0 ? 1 : 0);
  return [...groups].sort((a, b) =>
    trouble(b) - trouble(a) || b.depth - a.depth || b.executing - a.executing || b.workers - a.workers || (a.name < b.name ? -1 : 1));
}

/** A duration for a tile: the numbers large, their units small. */
function time(ms) {
  return html`<span class="time">${durationParts(ms).map(([number, unit]) => html`<span>${number}<small>${unit}</small></span>`)}</span>`;
}

function figure(label, value, note, href, colour) {
  const inside = html`<span class="label">${label}</span><span class="value">${value}</span><span class="note">${note}</span>`;
  return href ? html`<a class="figure ${colour}" href=${href}>${inside}</a>` : html`<div class="figure ${colour}">${inside}</div>`;
}

function gateways(all) {
  return html`<section class="card">
    <h2>${t('overview.gateways')}</h2>
    ${all.length === 0 ? nextStep(t('empty.gateways'), null, false) : html`<div class="scroll" tabindex="0" role="region" aria-label=${t('overview.gateways')}><table class="stack">
      <thead><tr>
        <th>${t('col.gateway')}</th><th>${t('col.state')}</th><th>${t('col.address')}</th><th>${t('col.version')}</th>
        <th class="num">${t('col.uptime')}</th><th class="num">${t('col.sockets')}</th><th class="num">${t('col.held')}</th>
        <th class="num">${t('col.beat')}</th>
      </tr></thead>
      <tbody>${repeat(all, (g) => g.id, (g) => {
        const state = now() - g.beatAt > LEASE_MS ? 'lost' : g.draining ? 'draining' : 'running';
        return html`<tr>
          <td><code>${g.id}</code></td><td>${badge(state, t(`state.${state}`))}</td><td><code>${g.address}</code></td>
          <td data-label=${t('col.version')}>${g.version}</td><td class="num" data-label=${t('col.uptime')}>${elapsed(g.startedAt)}</td>
          <td class="num" data-label=${t('col.sockets')}>${count(g.workers)}</td><td class="num" data-label=${t('col.held')}>${count(g.held)}</td>
          <td class="num" data-label=${t('col.beat')}>${since(g.beatAt)}</td></tr>`;
      })}</tbody></table></div>`}
  </section>`;
}

function redis(state) {
  const limit = state.maxBytes ? bytes(state.maxBytes) : t('redis.noLimit');
  const told = state.version !== '';
  const aof = { yes: t('redis.on'), no: t('redis.off') }[state.appendonly] ?? t('redis.unknown');
  return html`<section class="card">
    <h2>${t('overview.redis')} ${state.warnings.length === 0 && state.policy && state.appendonly ? badge('completed', t('redis.safe')) : nothing}</h2>
    <dl class="facts">
      <div><dt>${t('redis.version')}</dt><dd>${state.version || t('redis.unknown')}</dd></div>
      <div><dt>${t('redis.memory')}</dt><dd>${told ? html`${bytes(state.usedBytes)} <span class="muted">/ ${limit}</span>` : t('redis.unknown')}</dd></div>
      <div><dt>${t('redis.policy')}</dt><dd>${state.policy || t('redis.unknown')}</dd></div>
      <div><dt>${t('redis.aof')}</dt><dd>${aof}</dd></div>
      <div><dt>${t('redis.clients')}</dt><dd>${told ? count(state.clients) : t('redis.unknown')}</dd></div>
      <div><dt>${t('redis.uptime')}</dt><dd>${told ? duration(state.uptimeS * 1000) : t('redis.unknown')}</dd></div>
    </dl>
  </section>`;
}
