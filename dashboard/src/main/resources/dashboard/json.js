// Reads a JSON text piece by piece, as far as it is looked at: a payload of many megabytes opens at once, numbers stay as
// they were written, and a member that stands there twice is shown twice. Pure.

const SPACE = /[\s\ufeff]*/y;

function skipSpace(text, at) {
  SPACE.lastIndex = at;
  SPACE.exec(text);
  return SPACE.lastIndex;
}

/** The end of the string that begins at `at` (behind its closing quote). */
function endOfString(text, at) {
  for (let i = text.indexOf('"', at + 1); i >= 0; i = text.indexOf('"', i + 1)) {
    let back = i - 1;
    while (text[back] === '\\') back--;
    if ((i - 1 - back) % 2 === 0) return i + 1;
  }
  return text.length;
}

const NEXT = /["{}[\]]/g;

/** The end of the value that begins at `at`. */
function endOfValue(text, at) {
  const c = text[at];
  if (c === '"') return endOfString(text, at);
  if (c === '{' || c === '[') {
    let depth = 0;
    NEXT.lastIndex = at;
    for (let m = NEXT.exec(text); m; m = NEXT.exec(text)) {
      if (m[0] === '"') {
        const end = endOfString(text, m.index);
        NEXT.lastIndex = end;
      } else if (m[0] === '{' || m[0] === '[') {
        depth++;
      } else if (--depth === 0) {
        return m.index + 1;
      }
    }
    return text.length;
  }
  const end = text.slice(at, at + 2000).search(/[\s,\]}]/);
  return end < 0 ? Math.min(text.length, at + 2000) : at + end;
}

function typeOf(c) {
  if (c === '{') return 'object';
  if (c === '[') return 'array';
  if (c === '"') return 'string';
  if (c === 't' || c === 'f') return 'boolean';
  return c === 'n' ? 'null' : 'number';
}

function node(text, key, at) {
  const start = skipSpace(text, at);
  return { key, type: typeOf(text[start]), start, end: endOfValue(text, start) };
}

/** The whole text as a node: `{key, type, start, end}`. */
export function root(text) {
  return node(text, null, 0);
}

/** Up to `limit` children of an object or array, and whether there are more. */
export function children(text, parent, limit) {
  const found = [];
  const close = parent.type === 'object' ? '}' : ']';
  let at = skipSpace(text, parent.start + 1);
  while (at < parent.end && text[at] !== close) {
    if (found.length === limit) return { nodes: found, more: true };
    let key = found.length;
    if (parent.type === 'object') {
      const end = endOfString(text, at);
      key = stringOf(text.slice(at, end));
      at = skipSpace(text, end) + 1;
    }
    const child = node(text, key, at);
    if (child.end <= at) break;
    found.push(child);
    at = skipSpace(text, child.end);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return { nodes: found, more: false };
}

function stringOf(quoted) {
  try {
    return JSON.parse(quoted);
  } catch {
    return quoted;
  }
}

/** What a simple value says: a string without its quotes, anything else as it was written. At most `limit` characters. */
export function textOf(text, leaf, limit) {
  if (leaf.type !== 'string') return { text: text.slice(leaf.start, leaf.end), more: false };
  const whole = leaf.end - leaf.start - 2;
  if (whole <= limit) return { text: stringOf(text.slice(leaf.start, leaf.end)), more: false };
  // Cut before an escape that may be half inside.
  let end = leaf.start + 1 + limit;
  let escape = text.lastIndexOf('\\', end);
  while (text[escape - 1] === '\\') escape--;
  if (escape > leaf.start && escape > end - 12) end = escape;
  return { text: stringOf(`${text.slice(leaf.start, end)}"`), more: true };
}

/** Whether an object or array has nothing in it. */
export function isEmpty(text, parent) {
  const at = skipSpace(text, parent.start + 1);
  return at >= parent.end - 1;
}
