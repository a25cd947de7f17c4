// How much of the last hour the charts show. Pure: no page, no clock.

/** The choices, in minutes. */
export const RANGES = [5, 15, 60];

const FEWEST = RANGES[0];

const hasData = (minute) => minute.accepted + minute.completed + minute.failed + minute.cancelled > 0 || minute.depth > 0;

/**
 * The last minutes of `minutes` (oldest first): `range` of them, but not more than hold anything, with one empty one before, and
 * not fewer than five.
 */
export function lastMinutes(minutes, range) {
  const first = minutes.findIndex(hasData);
  const filled = first < 0 ? 0 : minutes.length - first + 1;
  return minutes.slice(-Math.min(range, Math.max(filled, FEWEST)));
}

/** A range that was remembered, as a number of minutes; the longest when it is none. */
export function rangeOf(text) {
  const range = Number(text);
  return RANGES.includes(range) ? range : RANGES.at(-1);
}
