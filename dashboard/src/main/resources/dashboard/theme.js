// Dark or light: the system's choice at first, the reader's after that.

import { recall, keep } from './memory.js';

const dark = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set();
let theme = recall('theme');

apply();
dark.addEventListener('change', () => theme === null && apply());

function apply() {
  document.documentElement.dataset.theme = isDark() ? 'dark' : 'light';
  listeners.forEach((listener) => listener());
}

export function isDark() {
  return theme === null ? dark.matches : theme === 'dark';
}

export function changeTheme() {
  theme = isDark() ? 'light' : 'dark';
  keep('theme', theme);
  apply();
}

/** Runs after each change. */
export function onTheme(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
