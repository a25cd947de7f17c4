// The words of the pages, in two languages; the browser's language at first, the reader's choice after that.

import en from './i18n/en.js';
import zh from './i18n/zh.js';
import { recall, keep } from './memory.js';
import { fill } from './words.js';

const WORDS = { en, zh };

let language = recall('language') ?? (navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en');
apply();

function apply() {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
}

/** `en` or `zh`. */
export function currentLanguage() {
  return language;
}

export function changeLanguage() {
  language = language === 'zh' ? 'en' : 'zh';
  keep('language', language);
  apply();
}

/** The word for a key, filled with these values. */
export function t(key, values) {
  return fill(WORDS[language][key] ?? key, values);
}

/** A duration with "ago"; `text` says how long. */
export function ago(text) {
  return language === 'zh' ? `${text}前` : `${text} ago`;
}
