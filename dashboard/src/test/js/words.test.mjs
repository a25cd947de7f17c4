import test from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import en from '../../main/resources/dashboard/i18n/en.js';
import zh from '../../main/resources/dashboard/i18n/zh.js';

const holes = (text) => (text.match(/\{\w+\}/g) ?? []).sort();

test('both languages say the same', () => {
  assert.deepEqual(Object.keys(zh), Object.keys(en));
  for (const key of Object.keys(en)) assert.deepEqual(holes(zh[key]), holes(en[key]), key);
});

test('every word is used, and every word used is there', () => {
  const home = new URL('../../main/resources/dashboard/', import.meta.url);
  const source = ['', 'pages/'].flatMap((dir) => readdirSync(new URL(dir, home)).filter((f) => f.endsWith('.js')).map((f) => readFileSync(new URL(dir + f, home), 'utf8'))).join('\n');
  const used = [...source.matchAll(/'((?:[a-z]+\.)[A-Za-z0-9_.]+)'/g)].map((m) => m[1]);
  const prefixes = [...source.matchAll(/`((?:[A-Za-z]+\.)+)\$\{/g)].map((m) => m[1]);
  // By t(`bench.${word}Title`) and the like.
  const reached = (key) => used.includes(key) || prefixes.some((prefix) => key.startsWith(prefix));
  assert.deepEqual(Object.keys(en).filter((key) => !reached(key)), []);
  assert.deepEqual([...source.matchAll(/\bt\('([^']+)'/g)].map((m) => m[1]).filter((key) => !(key in en)), []);
});
