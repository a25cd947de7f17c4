import { html, nothing } from '../lib/lit-html/lit-html.js';
import { t } from '../i18n.js';
import { clock, duration, moment, shortId } from '../format.js';
import { address } from '../places.js';
import { again, cancel } from '../api.js';
import * as curl from '../curl.js';
import { Payload } from '../payload.js';
import { ask } from '../dialogs.js';
import { announce, copyButton, groupLink, now, progress, shared, status, workerLink } from '../ui.js';

const CURL_BYTES = 64 * 1024;

let shown = null;

/** What this page holds of the task it shows. */
function partsOf(id) {
  if (shown?.id !== id) {
    shown = { id, request: new Payload(id, 'request'), result: new Payload(id, 'result'), done: null, why: '' };
  }
  return shown;
}

export function task(view, place) {
  const facts = view.task;
  const parts = partsOf(place.id);
  if (!facts) return html`<div class="card empty"><p>${t('task.missing')}</p><p><code>${place.id}</code></p></div>`;
  const ended = facts.endedAt > 0;
  return html`
    <section class="card task">
      <div class="task-head">
        <h2><code>${facts.id}</code>${copyButton(facts.id, t('copy.id'), true)} ${status(facts.status)}</h2>
        <span class="tools">
          ${curlButton(parts, facts)}
          ${ended || shared.session.readOnly ? nothing : html`<button type="button" @click=${() => cancelIt(parts, facts)}>${t('task.cancel')}</button>`}
          ${shared.session.readOnly ? nothing : html`<button type="button" class="primary" ?disabled=${facts.requestBytes === 0}
            title=${facts.requestBytes === 0 ? t('payload.notKept') : ''} @click=${() => submitAgain(parts, facts)}>${t('task.again')}</button>`}
        </span>
      </div>
      ${parts.done ? html`<p class="notice">${t('task.againDone')} <a href=${address('task', parts.done)}><code>${shortId(parts.done)}</code></a></p>` : nothing}
      ${parts.why ? html`<p class="notice warning" role="alert">${parts.why}</p>` : nothing}
      <h3>${t('task.timeline')}</h3>
      ${timeline(facts)}
      <dl class="facts">
        <div><dt>${t('col.group')}</dt><dd>${groupLink(facts.group)}</dd></div>
        <div><dt>${t('col.worker')}</dt><dd>${workerLink(facts.worker, facts.group)}</dd></div>
        ${facts.position ? html`<div><dt>${t('col.position')}</dt><dd>${facts.position}</dd></div>` : nothing}
        ${facts.progress >= 0 || facts.progressMessage ? html`<div><dt>${t('col.progress')}</dt><dd>${progress(facts.progress, facts.progressMessage)}</dd></div>` : nothing}
        <div><dt>${t('task.attempt')}</dt><dd>${facts.attempt || '–'}</dd></div>
        <div><dt>${t('col.deadline')}</dt><dd>${clock(facts.deadline)} ${ended ? nothing : html`<span class="muted">${remaining(facts)}</span>`}</dd></div>
        ${ended ? html`<div><dt>${t('task.endedBy')}</dt><dd>${t(`task.endedBy.${facts.endedBy}`)}</dd></div>
          <div><dt>${t('task.expires')}</dt><dd>${duration(Math.max(0, facts.endedAt + shared.session.resultTtlMs - now()))}</dd></div>` : nothing}
      </dl>
    </section>
    ${facts.error ? html`<section class="card"><h2>${t('task.error')} <span class="tools">${copyButton(facts.error)}</span></h2><pre class="raw error-text" tabindex="0"><bdi>${facts.error}</bdi></pre></section>` : nothing}
    <div class="pair even">
      ${parts.request.show(t('task.request'), facts.requestBytes, t('payload.notKept'))}
      ${parts.result.show(t('task.result'), facts.resultBytes, t(noResult(facts)))}
    </div>`;
}

/** The word for a result that is not there. */
export function noResult(facts) {
  return { failed: 'payload.failed', cancelled: 'payload.cancelled', completed: 'payload.empty' }[facts.status] ?? 'payload.none';
}

function remaining(facts) {
  const left = facts.deadline - now();
  return left >= 0 ? t('task.left', { time: duration(left) }) : t('task.over', { time: duration(-left) });
}

function timeline(facts) {
  const ended = facts.endedAt > 0;
  const end = ended ? facts.endedAt : now();
  const wait = (facts.startedAt || end) - facts.enqueuedAt;
  const run = facts.startedAt ? end - facts.startedAt : 0;
  const share = Math.max(2, Math.min(98, (100 * wait) / Math.max(1, wait + run)));
  const never = (at) => (at ? clock(at) : ended ? t('task.never') : t('task.notYet'));
  const delivered = facts.deliveredAt ? clock(facts.deliveredAt) : facts.startedAt ? t('task.notNoted') : never(0);
  const step = (word, at, text, note, kind = '') => html`<li class=${at ? `reached ${kind}` : ''}>
    <span class="dot" aria-hidden="true"></span><b>${t(word)}</b><span class="num" title=${at ? moment(at) : ''}>${text}</span>
    <span class="muted">${note}</span></li>`;
  return html`
    <div class="spans" aria-hidden="true">
      <span class="wait" .style=${`width:${facts.startedAt ? share : 100}%`}></span>
      ${facts.startedAt ? html`<span class="run ${facts.status}" .style=${`width:${100 - share}%`}></span>` : nothing}
    </div>
    <ol class="timeline">
      ${step('task.accepted', facts.enqueuedAt, clock(facts.enqueuedAt), facts.acceptedBy ? t('task.byGateway', { gateway: facts.acceptedBy }) : '')}
      ${step('task.assigned', facts.startedAt, never(facts.startedAt),
        t(facts.startedAt || ended ? 'task.waited' : 'task.waits', { time: duration(wait) }))}
      ${step('task.delivered', facts.deliveredAt, delivered, facts.gateway && facts.startedAt ? t('task.byGateway', { gateway: facts.gateway }) : '')}
      ${step('task.ended', facts.endedAt, never(facts.endedAt),
        facts.startedAt ? t(ended ? 'task.ran' : 'task.runs', { time: duration(run) }) : '', facts.status)}
    </ol>`;
}

function curlButton(parts, facts) {
  if (!['tasks', 'show'].includes(shared.session.payloads) || facts.requestBytes === 0) return nothing;
  if (parts.request.state !== 'there' || facts.requestBytes > CURL_BYTES) {
    return html`<button type="button" disabled title=${t('task.largeForCurl')}>${t('task.curl')}</button>`;
  }
  const { text, endpoint } = parts.request;
  const asks = shared.session.asksClients;
  const more = { group: facts.group, timeout: facts.deadline - facts.enqueuedAt };
  // A request of an SDK goes where it was sent to, as it was; only the guide's own has a group and a timeout in its body.
  const line = () => (endpoint === '/api/openai' ? curl.submit(location.origin, curl.body(text, more), asks) : curl.submit(location.origin, text, asks, endpoint));
  return copyButton(line, t('task.curl'));
}

async function cancelIt(parts, facts) {
  if (!(await ask(t('task.cancel'), t('task.cancelText'), t('task.cancel')))) return;
  try {
    await cancel(facts.id);
    parts.why = '';
    announce(t('status.cancelled'));
  } catch (e) {
    parts.why = e.message;
  }
  shared.redraw();
}

async function submitAgain(parts, facts) {
  if (!(await ask(t('task.again'), t('task.againText', { group: facts.group }), t('task.again')))) return;
  try {
    const { taskId } = await again(facts.id);
    parts.done = taskId;
    parts.why = '';
    announce(`${t('task.againDone')} ${shortId(taskId)}`);
  } catch (e) {
    parts.why = e.message;
  }
  shared.redraw();
}
