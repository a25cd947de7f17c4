// Shows a request or a result: as a tree that opens piece by piece, or as text. All of it is text, whatever it says.

import { html, nothing } from './lib/lit-html/lit-html.js';
import { t } from './i18n.js';
import * as json from './json.js';
import { bytes, count, oneLine } from './format.js';
import { payload } from './api.js';
import { copyButton, shared } from './ui.js';

const CHILDREN = 100;
const TEXT = 2_000;
const RAW = 20_000;

/** One payload of one task; loads itself when it is first shown. */
export class Payload {
  constructor(id, which) {
    this.id = id;
    this.which = which;
    this.state = 'new';
    this.endpoint = '';
    this.raw = false;
    this.limits = new Map();
    this.closed = new Set();
    this.opened = new Set();
  }

  async load(all) {
    this.state = 'loading';
    shared.redraw();
    try {
      const { text, size, endpoint } = await payload(this.id, this.which, all);
      this.size = size;
      this.endpoint = endpoint;
      this.text = text;
      this.state = text === null ? 'large' : 'there';
    } catch (e) {
      this.state = 'failed';
      this.why = e.message;
    }
    shared.redraw();
  }

  /** @param size as the task's facts say; 0 for none */
  show(title, size, none) {
    if (size > 0 && this.state === 'new' && shared.session.payloads !== 'hidden') this.load(false);
    const there = this.state === 'there';
    return html`<section class="card payload" aria-label=${title}>
      <h2>${title} ${this.endpoint ? html`<small><code>POST ${this.endpoint}</code></small>` : nothing}
        ${size > 0 ? html`<small>${bytes(this.size ?? size)}</small>` : nothing}
        <span class="tools">
          ${there ? html`
            <button type="button" class="quiet" aria-pressed=${!this.raw} @click=${() => this.turn(false)}>${t('payload.tree')}</button>
            <button type="button" class="quiet" aria-pressed=${this.raw} @click=${() => this.turn(true)}>${t('payload.raw')}</button>
            ${copyButton(() => this.text)}` : nothing}
        </span></h2>
      ${this.inside(size, none)}
    </section>`;
  }

  inside(size, none) {
    if (shared.session.payloads === 'hidden') return html`<p class="muted">${t('payload.hidden')}</p>`;
    if (size === 0) return html`<p class="muted">${none}</p>`;
    if (this.state === 'failed') return html`<p class="error-text">${t('error.load', { why: this.why })}</p>`;
    if (this.state === 'large') {
      return html`<p><button type="button" @click=${() => this.load(true)}>${t('payload.load', { size: bytes(this.size) })}</button></p>`;
    }
    if (this.state !== 'there') return html`<p class="muted">${t('payload.loading')}</p>`;
    return html`${shared.session.payloads === 'masked' ? html`<p class="muted">${t('payload.masked')}</p>` : nothing}
      ${this.raw ? this.asText('raw', this.text, RAW) : html`<div class="tree">${this.node(json.root(this.text), '$', 0)}</div>`}`;
  }

  turn(raw) {
    this.raw = raw;
    shared.redraw();
  }

  more(path, step) {
    this.limits.set(path, (this.limits.get(path) ?? step) * 10);
    shared.redraw();
  }

  asText(path, text, step) {
    const limit = this.limits.get(path) ?? step;
    const shown = text.length > limit ? text.slice(0, limit) : text;
    return html`<pre class="raw" tabindex="0"><bdi>${shown}</bdi></pre>${text.length > limit
      ? html`<p><span class="muted">${t('payload.cut', { n: count(limit) })}</span> <button type="button" class="quiet" @click=${() => this.more(path, step)}>${t('payload.more')}</button></p>` : nothing}`;
  }

  node(node, path, depth) {
    const key = node.key === null ? nothing : html`<span class="key"><bdi>${oneLine(String(node.key))}</bdi></span>: `;
    if (node.type !== 'object' && node.type !== 'array') return html`<div class="leaf">${key}${this.leaf(node, path)}</div>`;
    const signs = node.type === 'object' ? '{ }' : '[ ]';
    if (json.isEmpty(this.text, node)) return html`<div class="leaf">${key}<span class="muted">${signs}</span></div>`;
    const open = this.opened.has(path) || (depth < 3 && !this.closed.has(path));
    return html`<details ?open=${open} @toggle=${(event) => this.toggled(event, path)}>
      <summary>${key}<span class="muted">${signs} ${bytes(node.end - node.start)}</span></summary>
      ${open ? this.children(node, path, depth) : nothing}
    </details>`;
  }

  children(node, path, depth) {
    const limit = this.limits.get(path) ?? CHILDREN;
    const { nodes, more } = json.children(this.text, node, limit);
    return html`<div class="inside">${nodes.map((child, i) => this.node(child, `${path}/${i}`, depth + 1))}
      ${more ? html`<button type="button" class="quiet" @click=${() => this.more(path, CHILDREN)}>${t('payload.more')}</button>` : nothing}</div>`;
  }

  toggled(event, path) {
    event.stopPropagation();
    const open = event.target.open;
    (open ? this.opened : this.closed).add(path);
    (open ? this.closed : this.opened).delete(path);
    shared.redraw();
  }

  leaf(node, path) {
    const limit = this.limits.get(path) ?? TEXT;
    const { text, more } = json.textOf(this.text, node, limit);
    const quote = node.type === 'string' ? '"' : '';
    return html`<span class="value ${node.type}"><bdi>${quote}${text}${more ? '…' : quote}</bdi></span>${more
      ? html` <button type="button" class="quiet" @click=${() => this.more(path, TEXT)}>${t('payload.more')} (${bytes(node.end - node.start)})</button>` : nothing}`;
  }
}
