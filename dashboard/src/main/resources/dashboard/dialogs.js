// Dialogs. While one is open the page behind it stands still.

import { html, nothing, render } from './lib/lit-html/lit-html.js';
import { t } from './i18n.js';
import { shared } from './ui.js';

/** Whether a dialog is open. */
export const isOpen = () => document.querySelector('dialog[open]') !== null;

function show(content) {
  const dialog = document.createElement('dialog');
  document.body.append(dialog);
  const close = () => dialog.close();
  render(content(close), dialog);
  dialog.setAttribute('aria-labelledby', 'dialog-title');
  dialog.addEventListener('click', (event) => event.target === dialog && close());
  const closed = new Promise((resolve) => dialog.addEventListener('close', () => {
    dialog.remove();
    resolve(dialog.returnValue);
    shared.redraw();
  }));
  dialog.showModal();
  return closed;
}

/** Asks before something is done; true when it is to be done. */
export async function ask(title, text, yes) {
  const answer = await show((close) => html`<form method="dialog">
    <h2 id="dialog-title">${title}</h2><p>${text}</p>
    <p class="buttons"><button type="button" @click=${close}>${t('dialog.cancel')}</button>
      <button class="primary" value="yes" autofocus>${yes}</button></p></form>`);
  return answer === 'yes';
}

/** `[[keys], what]` */
export function help(rows) {
  return show((close) => html`<h2 id="dialog-title">${t('keys.title')}</h2>
    <dl class="keys">${rows.map(([keys, what]) => html`<div><dt>${keys.map((key, i) => html`${i ? ' ' : nothing}<kbd>${key}</kbd>`)}</dt><dd>${what}</dd></div>`)}</dl>
    <p class="buttons"><button type="button" autofocus @click=${close}>${t('dialog.close')}</button></p>`);
}
