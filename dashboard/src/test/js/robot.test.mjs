import test from 'node:test';
import assert from 'node:assert/strict';
import { Robot } from '../../main/resources/dashboard/robot.js';

/** The other end of a socket, in the test's hands. */
function pair() {
  const sent = [];
  const socket = { readyState: 1, send: (text) => sent.push(text), close(code) { socket.onclose({ code, reason: '' }); } };
  return { socket, sent };
}

async function robot(rule = { auto: false }) {
  const { socket, sent } = pair();
  const one = new Robot({ number: 1, group: 'g', rule, connect: () => socket, changed() {} });
  await one.open();
  socket.onmessage({ data: '{"type":"connected","workerId":"W1-0"}' });
  const give = (id) => socket.onmessage({ data: `{"type":"task","taskId":"${id}","payload":{}}` });
  return { one, socket, sent, give };
}

test('says ready, answers once', async () => {
  const { one, sent, give } = await robot();
  assert.deepEqual(sent, ['{"type":"ready"}']);
  give('a');
  one.complete('[1]');
  one.complete('[2]');
  assert.equal(sent.length, 2);
  assert.match(sent[1], /^\{"type":"task_complete","taskId":"a","result":\[1\],"duration":\d+\}$/);
  assert.equal(one.state, 'ready');
});

test('what is no JSON is not sent, and the task is kept', async () => {
  const { one, sent, give } = await robot();
  give('a');
  assert.throws(() => one.complete('{"a":'));
  assert.equal(sent.length, 1);
  assert.equal(one.task?.id, 'a');
});

test('late means after the cancel, when it counts no more', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { one, socket, sent, give } = await robot();
  give('a');
  one.late();
  assert.equal(sent.length, 1);
  socket.onmessage({ data: '{"type":"cancel","taskId":"a"}' });
  t.mock.timers.tick(1_600);
  assert.equal(sent.length, 1);
  t.mock.timers.tick(400);
  assert.match(sent[1], /task_complete/);
});

test('a rule answers, silence does not', async () => {
  const { one, sent, give } = await robot({ auto: true, delayFrom: 1, delayTo: 1, errorRate: 100 });
  give('a');
  await new Promise((resolve) => { one.changed = () => sent.length === 2 && resolve(); });
  assert.match(sent[1], /task_error/);
  one.fallSilent(true);
  give('b');
  assert.equal(one.task.id, 'b');
  one.close();
  assert.equal(one.state, 'closed');
});
