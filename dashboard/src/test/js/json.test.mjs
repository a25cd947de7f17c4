import test from 'node:test';
import assert from 'node:assert/strict';
import { children, isEmpty, root, textOf } from '../../main/resources/dashboard/json.js';

/** The whole tree, by way of the pieces; keys that stand twice are kept. */
function read(text, node = root(text)) {
  if (node.type === 'object') return children(text, node, 1e9).nodes.map((child) => [child.key, read(text, child)]);
  if (node.type === 'array') return children(text, node, 1e9).nodes.map((child) => read(text, child));
  return textOf(text, node, 1e9).text;
}

test('numbers stay as they were written', () => {
  assert.deepEqual(read('{"a": 12345678901234567890, "b":1e400 ,"c":-0.10}'), [['a', '12345678901234567890'], ['b', '1e400'], ['c', '-0.10']]);
});

test('what only looks like the end is none', () => {
  assert.deepEqual(read('{"a]}":"x\\"}]","b\\\\":["\\\\",{"c":[]}]}'), [['a]}', 'x"}]'], ['b\\', ['\\', [['c', []]]]]]);
});

test('twice the same name is shown twice', () => assert.deepEqual(read('{"a":1,"a":2}'), [['a', '1'], ['a', '2']]));

test('as JSON.parse reads it, whatever it is', () => {
  let seed = 7;
  const random = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  const make = (depth) => [
    () => random(1000), () => `"\\u00e9${'x'.repeat(random(9))}"\n{}[]`, () => random(2) === 0, () => null,
    () => Array.from({ length: random(4) }, () => make(depth + 1)),
    () => Object.fromEntries(Array.from({ length: random(4) }, (_, i) => [`k"${i}}`, make(depth + 1)])),
  ][random(depth > 4 ? 4 : 6)]();
  const plain = (value) => Array.isArray(value) ? value.map(plain)
    : value !== null && typeof value === 'object' ? Object.entries(value).map(([k, v]) => [k, plain(v)]) : String(value);
  for (let i = 0; i < 500; i++) {
    const value = make(0);
    assert.deepEqual(read(JSON.stringify(value, null, random(3))), plain(value), `seed 7, round ${i}`);
  }
});

test('only as much as is asked for', () => {
  const text = `[${Array.from({ length: 1000 }, (_, i) => i)}]`;
  const { nodes, more } = children(text, root(text), 10);
  assert.equal(nodes.length, 10);
  assert.equal(more, true);
  assert.deepEqual(textOf('"abcdefghijklmnopqrstuvwxyz"', root('"abcdefghijklmnopqrstuvwxyz"'), 3), { text: 'abc', more: true });
  const escapes = `"${'\\u00e9'.repeat(100)}"`;
  assert.match(textOf(escapes, root(escapes), 8).text, /^é+$/);
});

test('a broken text ends', () => {
  for (const text of ['', '{', '{"a', '{"a":', '[1,', '[[[[', '{"a" 1}', 'nul', '"\\']) read(text);
  assert.equal(isEmpty('{ }', root('{ }')), true);
  assert.equal(isEmpty('[0]', root('[0]')), false);
});
