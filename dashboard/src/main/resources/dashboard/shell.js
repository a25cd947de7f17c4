// What surrounds every page: the names of the pages, the settings, signing in.

import { html, nothing } from './lib/lit-html/lit-html.js';
import { t, changeLanguage } from './i18n.js';
import { changeTheme, isDark } from './theme.js';
import { address } from './places.js';
import * as api from './api.js';
import { shared } from './ui.js';

const ICONS = {
  overview: 'M3 13h6V3H3zM11 7h6V3h-6zM11 17h6V9h-6zM3 17h6v-2H3z',
  groups: 'M3 4h14v3H3zM3 9h14v3H3zM3 14h9v3H3z',
  workers: 'M7 3h6v6H7zM3 17v-2c0-2.500 3-4 7-4s7 1.500 7 4v2z',
  tasks: 'M3 4h3v3H3zM8 4h9v3H8zM3 9h3v3H3zM8 9h9v3H8zM3 14h3v3H3zM8 14h9v3H8z',
  log: 'M4 3h12v14H4zM6 6v1h8V6zM6 9v1h8V9zM6 12v1h5v-1z',
  bench: 'M8 2v5L3.500 15.500A1.500 1.500 0 0 0 5 18h10a1.500 1.500 0 0 0 1.500-2.500L12 7V2zM6.500 13h7l1.500 3H5z',
};

const icon = (name) => html`<svg viewBox="0 0 20 20" aria-hidden="true"><path fill-rule="evenodd" d=${ICONS[name]}></path></svg>`;

/** @param current the page that is shown, a key of the navigation */
export function shell(current, content) {
  const link = (name, href) => html`<a href=${href} aria-current=${name === current ? 'page' : 'false'}>${icon(name)}<span>${t(`nav.${name}`)}</span></a>`;
  return html`
    <a class="skip" href="#content">${t('nav.skip')}</a>
    <header class="side">
      <a class="brand" href="/dashboard"><img src="/dashboard/icon.svg" alt="" width="26" height="26"><span>Task Dispatcher</span></a>
      <nav aria-label=${t('nav.main')}>
        ${link('overview', address('overview'))}${link('groups', address('groups'))}${link('workers', address('workers'))}
        ${link('tasks', address('tasks'))}${link('log', address('log'))}
        ${shared.session?.readOnly ? nothing : link('bench', '/test-worker')}
      </nav>
      <div class="settings">
        <button type="button" class="quiet" title=${t('settings.languageTitle')} @click=${() => { changeLanguage(); shared.redraw(); }}>${t('settings.language')}</button>
        <button type="button" class="quiet" title=${t('settings.theme', { theme: t(isDark() ? 'settings.light' : 'settings.dark') })}
          @click=${() => { changeTheme(); shared.redraw(); }}>${t(isDark() ? 'settings.light' : 'settings.dark')}</button>
        ${shared.session?.asksKey && shared.session.signedIn ? html`<button type="button" class="quiet" @click=${signOut}>${t('settings.signOut')}</button>` : nothing}
        ${shared.session?.gateway ? html`<span class="muted gateway" title=${t('settings.gateway', { id: shared.session.gateway })}><code>${shared.session.gateway}</code></span>` : nothing}
      </div>
    </header>
    <main id="content" tabindex="-1">${content}</main>
    <div id="announcer" role="status" aria-live="polite"></div>`;
}

async function signOut() {
  await api.signOut();
  location.reload();
}

let why = '';

/** The form for an operator's key; `onIn` runs when it was right. */
export function signIn(onIn) {
  if (!shared.session.asksKey) return html`<section class="card signin"><h1>${t('signin.title')}</h1><p class="notice warning">${t('signin.closed')}</p></section>`;
  const submit = async (event) => {
    event.preventDefault();
    try {
      await api.signIn(new FormData(event.target).get('key'));
      why = '';
      onIn();
    } catch (e) {
      why = e.message;
      shared.redraw();
    }
  };
  return html`<section class="card signin"><h1>${t('signin.title')}</h1><p>${t('signin.text')}</p>
    <form @submit=${submit}>
      <label class="field"><span>${t('signin.key')}</span><input type="password" name="key" required autocomplete="current-password" autofocus></label>
      <button class="primary">${t('signin.submit')}</button>
    </form>
    ${why ? html`<p class="error-text" role="alert">${why}</p>` : nothing}</section>`;
}
