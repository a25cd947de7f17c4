// How numbers, times and sizes are written. Pure: no page, no clock, no language of its own.

/** A whole number with thin groups of three digits. */
export function count(n) {
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** A size in bytes, three digits at most. */
export function bytes(n) {
  if (n < 0) return '–';
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let unit = 0;
  while (n >= 1000 && unit < units.length - 1) {
    n /= 1024;
    unit++;
  }
  const digits = unit === 0 || n >= 100 ? 0 : n >= 10 ? 1 : 2;
  return `${n.toFixed(digits)} ${units[unit]}`;
}

/** A duration in ms, two units at most; a dash when it is not known (negative). */
export function duration(ms) {
  if (ms < 0 || ms === null || ms === undefined || Number.isNaN(ms)) return '–';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  const s = Math.floor(ms / 1000);
  if (s < 60) return `${s} s`;
  const m = Math.floor(s / 60);
  if (m < 60) return s % 60 ? `${m} min ${s % 60} s` : `${m} min`;
  const h = Math.floor(m / 60);
  if (h < 24) return m % 60 ? `${h} h ${m % 60} min` : `${h} h`;
  const d = Math.floor(h / 24);
  return h % 24 ? `${d} d ${h % 24} h` : `${d} d`;
}

/** The same in pieces, `[[number, unit]]`, for a place where the units are smaller than the numbers. */
export function durationParts(ms) {
  const words = duration(ms).split(' ');
  return words.length === 1 ? [[words[0], '']] : Array.from({ length: words.length / 2 }, (_, i) => [words[2 * i], words[2 * i + 1]]);
}

const two = (n) => String(n).padStart(2, '0');

/** The time of day, of the reader's clock. */
export function clock(at) {
  const d = new Date(at);
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

/** Day and time of the reader's clock, to the millisecond. */
export function moment(at) {
  const d = new Date(at);
  const day = `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
  return `${day} ${clock(at)}.${String(d.getMilliseconds()).padStart(3, '0')}`;
}

/** The first eight digits of an id. */
export function shortId(id) {
  return id.slice(0, 8);
}

const BIDI = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** One line of foreign text: what would break the line, or turn its direction, is shown as a code. */
export function oneLine(text) {
  return text.replace(BIDI, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** What a request is about, of the beginning of its JSON: the text of its first message, or its data. */
export function gist(request) {
  const content = request.indexOf('"content":');
  if (content >= 0) {
    const text = request.slice(content + 10).trimStart();
    const whole = /^"((?:[^"\\]|\\.)*)"?/.exec(text);
    return whole ? whole[1] : text;
  }
  const data = /^\{(?:"model":"[^"]*",)?"data":(.*?)\}?$/s.exec(request);
  return data ? data[1] : request;
}
