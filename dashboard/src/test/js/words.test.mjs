import test from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import en from '../../main/resources/dashboard/i18n/en.js';
import zh from '../../main/resources/dashboard/i18n/zh.js';
import { fill } from '../../main/resources/dashboard/words.js';

// Each hole of a text with two forms counts once.
const holes = (text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();

test('both languages say the same', () => {
  assert.deepEqual(Object.keys(zh), Object.keys(en));
  for (const key of Object.keys(en)) assert.deepEqual(holes(zh[key]), holes(en[key]), key);
});

test('one is not several', () => {
  assert.equal(fill(en['overview.inGroups'], { n: 1 }), 'in 1 group');
  assert.equal(fill(en['overview.inGroups'], { n: 0 }), 'in 0 groups');
  assert.equal(fill(en['log.skippedText'], { n: '1' }), '1 more event was counted but not told');
  assert.equal(fill(zh['overview.inGroups'], { n: 1 }), '分布在 1 个分组');
  assert.equal(fill('as {it} is'), 'as {it} is');
});

test('no text says 1 of several', () => {
  // A number in front of a plural: the text has a form for one, or what it counts is never one.
  const several = ['health.noWorkers', 'health.longWaits', 'health.failures', 'overview.allGroups', 'payload.cut'];
  const plural = Object.keys(en).filter((key) => /\{n\} (more |of )?\w+s\b/.test(en[key]) && !en[key].includes('|'));
  assert.deepEqual(plural.filter((key) => !several.includes(key)), []);
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
