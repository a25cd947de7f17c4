import test from 'node:test';
import assert from 'node:assert/strict';
import { lastMinutes, rangeOf } from '../../main/resources/dashboard/ranges.js';

/** An hour whose last minutes had tasks. */
const hour = (filled) => Array.from({ length: 60 }, (_, i) => ({ at: i, accepted: i >= 60 - filled ? 1 : 0, completed: 0, failed: 0, cancelled: 0, depth: 0 }));
const lengths = (filled) => [5, 15, 60].map((range) => lastMinutes(hour(filled), range).length);

test('the charts show as much as there is, five minutes at least', () => {
  assert.deepEqual(lengths(0), [5, 5, 5]);
  assert.deepEqual(lengths(2), [5, 5, 5]);
  assert.deepEqual(lengths(9), [5, 10, 10]);
  assert.deepEqual(lengths(40), [5, 15, 41]);
  assert.deepEqual(lengths(60), [5, 15, 60]);
  assert.equal(lastMinutes(hour(3), 15).at(-1).at, 59);
});

test('a queue is something to see, too', () => {
  const waits = hour(0).map((minute, i) => ({ ...minute, depth: i > 49 ? 1 : -1 }));
  assert.equal(lastMinutes(waits, 60).length, 11);
});

test('what was remembered is one of the choices', () => {
  assert.equal(rangeOf('15'), 15);
  assert.equal(rangeOf(null), 60);
  assert.equal(rangeOf('7'), 60);
});
