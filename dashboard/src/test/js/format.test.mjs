import test from 'node:test';
import assert from 'node:assert/strict';
import { bytes, count, duration, durationParts, gist, oneLine } from '../../main/resources/dashboard/format.js';

test('durations have two units at most', () => {
  const cases = [
    [-1, '–'], [0, '0 ms'], [999, '999 ms'], [1000, '1.0 s'], [9_999, '9.9 s'], [59_999, '59 s'], [60_000, '1 min'],
    [61_000, '1 min 1 s'], [3_600_000, '1 h'], [90_061_000, '1 d 1 h'],
  ];
  for (const [ms, text] of cases) assert.equal(duration(ms), text);
});

test('a duration in pieces', () => {
  assert.deepEqual(durationParts(754_000), [['12', 'min'], ['34', 's']]);
  assert.deepEqual(durationParts(9_900), [['9.9', 's']]);
  assert.deepEqual(durationParts(-1), [['–', '']]);
});

test('sizes have three digits', () => {
  for (const [n, text] of [[0, '0 B'], [999, '999 B'], [1000, '0.98 KB'], [5 * 1024 * 1024, '5.00 MB'], [150 * 1024, '150 KB']]) {
    assert.equal(bytes(n), text);
  }
});

test('counts are grouped', () => assert.equal(count(1234567).replace(/\s/g, ' '), '1 234 567'));

test('foreign text stays on its line and in its direction', () => {
  assert.equal(oneLine('a\r\nb\u001b[31m\u202ec'), 'a\\u000d\\u000ab\\u001b[31m\\u202ec');
});

test('the gist of a request', () => {
  assert.equal(gist('{"model":"m","messages":[{"role":"user","content":"say \\"hi\\""}]}'), 'say \\"hi\\"');
  assert.equal(gist('{"model":"m","messages":[{"role":"user","content":"cut in the mid'), 'cut in the mid');
  assert.equal(gist('{"model":"m","data":{"a":1}}'), '{"a":1}');
  assert.equal(gist('anything'), 'anything');
});
