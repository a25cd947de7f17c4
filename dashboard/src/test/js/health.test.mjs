import test from 'node:test';
import assert from 'node:assert/strict';
import en from '../../main/resources/dashboard/i18n/en.js';
import { fill } from '../../main/resources/dashboard/words.js';
import { troubles } from '../../main/resources/dashboard/health.js';

const NOW = 1_000_000;

const group = (name, more = {}) => ({ name, depth: 0, oldestAt: 0, executing: 0, workers: 1, idle: 1, ...more, perMinute: { accepted: 0, completed: 0, failed: 0, ...more.perMinute } });
const view = (more = {}) => ({ redis: { warnings: [] }, gateways: [{ id: 'G-1', address: 'a:1', beatAt: NOW - 1_000 }], groups: [group('g')], ...more });
const words = (of) => troubles(of, NOW, 30_000).map((it) => it.word);

test('nothing is wrong where nothing is', () => {
  assert.deepEqual(words(view()), []);
  assert.deepEqual(words(view({ groups: [] })), []);
  assert.deepEqual(words(view({ groups: [group('g', { workers: 0 })] })), [], 'a group that nobody needs now');
  assert.deepEqual(words(view({ groups: [group('g', { depth: 3, oldestAt: NOW - 30_000 })] })), [], 'a short wait');
});

test('each trouble has its word, the worst first', () => {
  const all = view({
    redis: { warnings: ['no_aof', 'evicts'] },
    gateways: [{ id: 'G-1', address: 'a:1', beatAt: NOW - 10_001 }],
    groups: [group('g', { depth: 1, oldestAt: NOW - 30_001, perMinute: { completed: 27, failed: 3 } }), group('h', { depth: 1, workers: 0 })],
  });
  assert.deepEqual(words(all), ['redis.evicts', 'health.noWorker', 'redis.no_aof', 'health.lostGateway', 'health.longWait', 'health.failures']);
});

test('of several groups the first three are named', () => {
  const deserted = (...names) => view({ groups: names.map((name) => group(name, { depth: 1, workers: 0 })) });
  assert.equal(fill(en['health.noWorkers'], troubles(deserted('browser', 'b'), NOW, 1)[0].values), 'Tasks wait in 2 groups where no worker is connected: browser, b.');
  assert.equal(troubles(deserted('a', 'b', 'c', 'd'), NOW, 1)[0].values.groups, 'a, b, c, …');
  assert.deepEqual(troubles(deserted('a', 'b', 'c'), NOW, 1), [{ bad: true, word: 'health.noWorkers', values: { n: 3, groups: 'a, b, c' }, href: '/dashboard/groups' }]);
});

test('a few failures among many are no trouble', () => {
  assert.deepEqual(words(view({ groups: [group('g', { perMinute: { completed: 28, failed: 3 } })] })), []);
  assert.deepEqual(words(view({ groups: [group('g', { perMinute: { failed: 2 } })] })), []);
  assert.deepEqual(words(view({ groups: [group('g', { perMinute: { failed: 3 } })] })), ['health.failures']);
});

test('rights that are missing are named once, all of them', () => {
  const denied = view({ missing: ['HGETALL'], redis: { warnings: [], missing: ['INFO', 'HGETALL'] } });
  assert.deepEqual(troubles(denied, NOW, 30_000), [{ bad: false, word: 'health.missingRights', values: { rights: 'HGETALL, INFO' } }]);
});
