import test from 'node:test';
import assert from 'node:assert/strict';
import { address, isTaskId, parse, viewOf } from '../../main/resources/dashboard/places.js';

test('an address is its place, and back', () => {
  for (const [page, id, params] of [
    ['overview', '', {}], ['tasks', '', { status: 'queued', q: 'a b&c' }], ['task', 'c8e5c5c2', {}],
    ['group', 'constructor', {}], ['groups', '', { by: 'depth' }], ['log', '', { before: '1-0' }],
  ]) {
    const [path, search = ''] = address(page, id, params).split('?');
    assert.deepEqual(parse(path, search), { page, id, params });
  }
});

test('what is empty, or unknown, is left out', () => {
  assert.equal(address('tasks', '', { q: '', page: null }), '/dashboard/tasks');
  assert.equal(parse('/dashboard/nowhere', '').page, 'overview');
  assert.deepEqual(viewOf(parse('/dashboard/tasks', 'x=1')), ['tasks', { status: 'executing' }]);
});

test('ids of tasks', () => {
  assert.ok(isTaskId('c8e5c5c2-be4f-8b31-a1b6-b2b957a078f4'));
  assert.ok(!isTaskId('c8e5c5c2-be4f-4b31-a1b6-b2b957a078f4'));
});
