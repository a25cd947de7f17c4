// Whether all is well, and what somebody should look at first. Pure: no page, no clock.

import { address } from './places.js';

/** A gateway that has not said anything for so long is given up by the others. */
export const LEASE_MS = 10_000;

/** Fewer failures than these may be chance. */
const FAILURES = 3;
const FAILED_SHARE = 0.1;

/** So many groups are named in one line. */
const NAMED = 3;

const EVICTS = ['evicts', 'nearly_full'];

/**
 * What is wrong by an overview, the worst first: `{bad, word, values, href}`, where `bad` means that tasks are being lost,
 * refused or kept from running.
 *
 * @param patienceMs how long a task may wait without anybody being told
 */
export function troubles(view, now, patienceMs) {
  const found = (view.redis.warnings ?? []).map((warning) => ({ bad: EVICTS.includes(warning), word: `redis.${warning}`, values: {} }));
  const missing = [...new Set([...(view.missing ?? []), ...(view.redis.missing ?? [])])];
  if (missing.length) {
    found.push({ bad: false, word: 'health.missingRights', values: { rights: missing.join(', ') } });
  }
  for (const gateway of view.gateways.filter((g) => now - g.beatAt > LEASE_MS)) {
    found.push({ bad: false, word: 'health.lostGateway', values: { gateway: `${gateway.id} (${gateway.address})` } });
  }
  const deserted = view.groups.filter((g) => g.workers === 0 && g.depth > 0);
  const slow = view.groups.filter((g) => g.workers > 0 && g.oldestAt && now - g.oldestAt > patienceMs).sort((a, b) => a.oldestAt - b.oldestAt);
  found.push(...ofGroups(deserted, ['health.noWorker', 'health.noWorkers'], true, (g) => address('group', g.name)));
  found.push(...ofGroups(slow, ['health.longWait', 'health.longWaits'], false, (g) => address('tasks', '', { status: 'queued', group: g.name })));
  const failed = view.groups.reduce((sum, g) => sum + g.perMinute.failed, 0);
  const ended = view.groups.reduce((sum, g) => sum + g.perMinute.completed, failed);
  if (failed >= FAILURES && failed / ended >= FAILED_SHARE) {
    found.push({ bad: false, word: 'health.failures', values: { failed, ended }, href: address('tasks', '', { status: 'failed' }) });
  }
  return found.sort((a, b) => b.bad - a.bad);
}

/** One line for all of them, with the names of the first few. */
function ofGroups(groups, [one, several], bad, href) {
  if (groups.length === 0) return [];
  if (groups.length === 1) return [{ bad, word: one, values: { group: groups[0].name }, href: href(groups[0]) }];
  const names = groups.slice(0, NAMED).map((g) => g.name).join(', ');
  return [{ bad, word: several, values: { n: groups.length, groups: groups.length > NAMED ? `${names}, …` : names }, href: address('groups') }];
}
