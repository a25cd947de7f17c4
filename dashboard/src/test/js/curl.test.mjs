import test from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { body, quote, submit, worker } from '../../main/resources/dashboard/curl.js';

test('the shell sees the text itself', () => {
  const nasty = `it's "$HOME" \`id\` \\ \n 中文 !`;
  assert.equal(execFileSync('sh', ['-c', `printf %s ${quote(nasty)}`]).toString(), nasty);
});

test('a payload gets its group back, byte for byte otherwise', () => {
  assert.equal(body('{"model":"m","data":{"n":1e400}}', { group: 'g', timeout: 5 }), '{"model":"m","data":{"n":1e400},"group":"g","timeout":5}');
  assert.equal(body('{ }', { group: 'g' }), '{"group":"g"}');
});

test('keys are asked for where they are needed', () => {
  assert.match(submit('http://x', '{}', true), /Bearer \$API_KEY/);
  assert.doesNotMatch(submit('http://x', '{}', false), /Bearer/);
  assert.match(submit('http://x', '{}', false, '/v1/embeddings'), /^curl -s http:\/\/x\/v1\/embeddings /);
  assert.match(worker('https://x:1', 'gpu', false), /wss:\/\/x:1\/ws gpu$/);
});
