// Puts values into a text. Pure: no page, no language of its own.

/**
 * `{name}` is replaced by the value of that name. A text of two forms, `one|many`, has the first where `n` is 1.
 */
export function fill(text, values = {}) {
  const [one, many = one] = text.split('|');
  return (String(values.n) === '1' ? one : many).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
