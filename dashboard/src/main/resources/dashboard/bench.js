// The test bench: simulated workers on the left, tasks for them on the right.

import { html, nothing, render } from './lib/lit-html/lit-html.js';
import { repeat } from './lib/lit-html/directives/repeat.js';
import { t } from './i18n.js';
import './theme.js';
import * as api from './api.js';
import * as curl from './curl.js';
import { withNextFrame } from './frame.js';
import { Robot } from './robot.js';
import { bytes, clock, duration, oneLine } from './format.js';
import { address } from './places.js';
import { keepInSight } from './sight.js';
import { badge, command, excerpt, shared, status } from './ui.js';
import { shell, signIn } from './shell.js';

const MOST_AT_ONCE = 50;
const ANSWERS = 30;
const TASK_AGAIN_MS = 700;
const COLOURS = { connecting: 'joined', open: 'joined', ready: 'idle', busy: 'busy', closed: 'lost' };
const EXAMPLES = {
  data: '{"prompt": "hello"}',
  messages: '[{"role": "user", "content": "Hello!"}]',
};

/** Workers that one click connects. */
const PRESETS = {
  three: { count: 3, rule: { auto: true, delayFrom: 200, delayTo: 1_000, errorRate: 0 } },
  flaky: { count: 1, rule: { auto: true, delayFrom: 200, delayTo: 1_000, errorRate: 30 } },
  slow: { count: 1, rule: { auto: true, delayFrom: 8_000, delayTo: 15_000, errorRate: 0 } },
};

const robots = [];
const answers = [];
const form = { kind: 'data', payload: EXAMPLES.data, why: '', auto: false, async: false };
let numbers = 0;
let keys = { worker: '', client: '' };

// ---- workers -----------------------------------------------------------------------------------------------------

async function connect(group) {
  const url = new URL('/ws', location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  url.searchParams.set('group', group);
  if (shared.session.asksWorkers) {
    const answer = await fetch('/api/worker-ticket', { method: 'POST', headers: { Authorization: `Bearer ${keys.worker}` } });
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.error);
    url.searchParams.set('ticket', body.ticket);
  }
  return new WebSocket(url);
}

function submitRobots(event) {
  event.preventDefault();
  const values = new FormData(event.target);
  const number = (name, otherwise) => Number(values.get(name) ?? otherwise);
  addRobots(values, number('count', 1), {
    auto: values.get('mode') === 'auto',
    delayFrom: number('delayFrom', 200),
    delayTo: number('delayTo', 1_000),
    errorRate: number('errorRate', 0),
  });
}

function addPreset(name, { form: place }) {
  const { count, rule } = PRESETS[name];
  if (place.reportValidity()) addRobots(new FormData(place), count, rule);
}

/** @param values of the form: the group, and the key where workers need one */
function addRobots(values, count, rule) {
  keys.worker = values.get('workerKey') ?? '';
  const group = values.get('group').trim() || 'default';
  for (let i = 0; i < Math.min(MOST_AT_ONCE, count); i++) {
    const robot = new Robot({ number: ++numbers, group, rule: { ...rule }, connect: () => connect(group), changed: draw });
    robots.unshift(robot);
    robot.open();
  }
  draw();
}

function remove(robot) {
  robot.close();
  robots.splice(robots.indexOf(robot), 1);
  draw();
}

// ---- tasks -------------------------------------------------------------------------------------------------------

function requestOf(values) {
  const more = { group: values.get('group').trim() || 'default', timeout: Number(values.get('timeout')) };
  if (values.get('mode') === 'async') more.async = true;
  return curl.body(`{"${values.get('kind')}": ${values.get('payload')}}`, more);
}

async function submit(event) {
  event.preventDefault();
  const values = new FormData(event.target);
  keys.client = values.get('clientKey') ?? '';
  const request = requestOf(values);
  try {
    JSON.parse(request);
    form.why = '';
  } catch {
    form.why = t('bench.badJson');
    draw();
    return;
  }
  const count = Math.min(MOST_AT_ONCE, Number(values.get('howMany')));
  for (let i = 0; i < count; i++) submitOne(request);
}

async function submitOne(request) {
  const answer = { key: `${Date.now()} ${Math.random()}`, request, sentAt: performance.now(), id: '', task: null, body: '', status: 0 };
  answers.unshift(answer);
  answers.splice(ANSWERS);
  draw();
  try {
    const response = await fetch('/api/openai', { method: 'POST', headers: { 'Content-Type': 'application/json', ...clientKey() }, body: request });
    answer.status = response.status;
    answer.body = await response.text();
    answer.took = performance.now() - answer.sentAt;
    answer.id = JSON.parse(answer.body).taskId ?? '';
  } catch (e) {
    answer.why = e.message;
  }
  draw();
  follow(answer);
}

const clientKey = () => (shared.session.asksClients ? { Authorization: `Bearer ${keys.client}` } : {});

/** The way of a task through the system, as every gateway tells it. */
async function follow(answer) {
  if (!answer.id) return;
  try {
    answer.task = (await api.view('task', { id: answer.id })).task;
  } catch {
    // Shown without its way.
  }
  if (answer.task?.endedAt > 0 && JSON.parse(answer.request).async && !answer.polled) {
    answer.polled = true;
    answer.body = await (await fetch(`/api/task/${answer.id}`, { headers: clientKey() })).text();
  }
  draw();
  const settled = answer.task?.endedAt > 0 && answer.task.deliveredAt > 0;
  if (answer.task && !settled && (answer.task.endedAt === 0 || performance.now() - answer.sentAt < 5_000)) {
    setTimeout(() => answers.includes(answer) && follow(answer), TASK_AGAIN_MS);
  }
}

// ---- drawing -----------------------------------------------------------------------------------------------------

const draw = withNextFrame(() => {
  render(page(), document.body);
  keepInSight();
});

shared.redraw = draw;

function page() {
  document.title = `${t('bench.title')} · Task Dispatcher`;
  if (!shared.session) return shell('bench', html`<div class="loading" aria-busy="true"></div>`);
  if (!shared.session.signedIn) return shell('bench', signIn(start));
  if (shared.session.readOnly) return shell('bench', html`<h1>${t('bench.title')}</h1><p class="notice warning">${t('bench.off')}</p>`);
  return shell('bench', html`
    <div class="top"><h1>${t('bench.title')}</h1><span class="muted">${t('nav.dashboard')}: <a href="/dashboard">${location.host}</a></span></div>
    <p class="muted">${t('bench.intro')}</p>
    <div class="bench"><div>${workerForm()}<div class="robots">
      ${robots.length ? repeat(robots, (robot) => robot.number, card) : html`<div class="card empty"><p>${t('bench.none')}</p></div>`}
    </div></div>
    <div>${taskForm()}${answerList()}</div></div>`);
}

function workerForm() {
  return html`<section class="card">
    <h2>${t('bench.workers')}</h2>
    <form class="form" @submit=${submitRobots}>
      <label class="field"><span>${t('bench.group')}</span><input name="group" value="default" pattern="[A-Za-z0-9._\\-]{1,64}" autocomplete="off"></label>
      <label class="field"><span>${t('bench.count')}</span><input type="number" name="count" value="1" min="1" max=${MOST_AT_ONCE}></label>
      <label class="field"><span>${t('bench.mode')}</span><select name="mode" @change=${(e) => { form.auto = e.target.value === 'auto'; draw(); }}>
        <option value="manual">${t('bench.mode.manual')}</option><option value="auto">${t('bench.mode.auto')}</option></select></label>
      ${form.auto ? html`
        <label class="field"><span>${t('bench.delayFrom')}</span><input type="number" name="delayFrom" value="200" min="0" max="600000"></label>
        <label class="field"><span>${t('bench.delayTo')}</span><input type="number" name="delayTo" value="1000" min="0" max="600000"></label>
        <label class="field"><span>${t('bench.errorRate')}</span><input type="number" name="errorRate" value="0" min="0" max="100"></label>` : nothing}
      <p class="hint whole">${t(form.auto ? 'bench.hint.auto' : 'bench.hint.manual')}</p>
      ${shared.session.asksWorkers ? html`<label class="field"><span>${t('bench.workerKey')}</span><input type="password" name="workerKey" required autocomplete="off"></label>` : nothing}
      <div class="row whole"><button class="primary">${t('bench.connect')}</button>
        <span class="label">${t('bench.presets')}</span>
        ${Object.keys(PRESETS).map((name) => html`<button type="button" title=${t(`bench.preset.${name}Title`)} @click=${(e) => addPreset(name, e.currentTarget)}>${t(`bench.preset.${name}`)}</button>`)}
        ${robots.length ? html`<button type="button" class="quiet all" @click=${() => robots.splice(0).forEach((robot) => robot.close()) || draw()}>${t('bench.disconnectAll')}</button>` : nothing}</div>
    </form></section>`;
}

function card(robot) {
  const open = robot.state !== 'closed' && robot.state !== 'connecting';
  const act = (what) => () => { what(); draw(); };
  const name = robot.id ?? `#${robot.number}`;
  const trick = (word, what, possible) => html`<button type="button" class=${word} title=${t(`bench.${word}Title`)} ?disabled=${!possible} @click=${act(what)}>${t(`bench.${word}`)}</button>`;
  return html`<article class="robot ${robot.state}" aria-label=${name}>
    <header><b><code>${name}</code></b> <span class="muted">${robot.group}</span> ${badge(COLOURS[robot.state], t(`bench.${robot.state}`))}
      ${robot.silent ? badge('queued', t('bench.silentNow')) : nothing}
      <span class="muted">${t('col.done')}: ${robot.done}</span>
      <span class="tools">${open ? html`<button type="button" class="quiet" @click=${act(() => robot.close())}>${t('bench.disconnect')}</button>`
        : html`<button type="button" class="quiet" @click=${act(() => robot.open())}>${t('bench.reconnect')}</button>`}
        <button type="button" class="quiet" @click=${() => remove(robot)}>${t('bench.remove')}</button></span></header>
    ${robot.task ? work(robot) : nothing}
    <div class="row"><label class="check"><input type="checkbox" .checked=${robot.rule.auto} @change=${(e) => { robot.rule.auto = e.target.checked; if (robot.rule.auto && robot.task) robot.answerByRule(); draw(); }}>${t('bench.answersItself')}</label>
      <span class="hint">${ruleOf(robot)}</span></div>
    <details class="more-messages"><summary>${t('bench.more')}</summary>
    <div class="row"><span class="label">${t('bench.messages')}</span>
      <button type="button" ?disabled=${!open} @click=${act(() => robot.ready())}>${t('bench.sendReady')}</button>
      <button type="button" ?disabled=${!open} @click=${act(() => robot.send({ type: 'ping' }))}>${t('bench.sendPing')}</button></div>
    <div class="row tricks"><span class="label">${t('bench.misbehave')}</span>
      ${trick('slow', () => robot.slow(), robot.task)}${trick('late', () => robot.late(), robot.task)}
      ${trick('twice', () => robot.twice(), open && (robot.task || robot.last))}${trick('foreign', () => robot.foreign(foreignId()), open)}
      ${trick('junk', () => robot.junk(), open)}
      ${robot.silent ? html`<button type="button" @click=${act(() => robot.fallSilent(false))}>${t('bench.speak')}</button>` : trick('silent', () => robot.fallSilent(true), open)}
      ${trick('drop', () => robot.drop(), open)}</div></details>
    ${frames(robot)}
  </article>`;
}

/** What it does with a task. */
function ruleOf({ rule }) {
  if (!rule.auto) return t('bench.rule.manual');
  const values = { from: duration(rule.delayFrom), to: duration(rule.delayTo), errors: rule.errorRate };
  return t(rule.errorRate ? 'bench.rule.flaky' : 'bench.rule.auto', values);
}

/** An id of the right form that nobody has. */
function foreignId() {
  return crypto.randomUUID?.().replace(/^(.{14})./, '$18') ?? '00000000-0000-8000-8000-000000000000';
}

function work(robot) {
  const { task } = robot;
  const modes = { slow: t('bench.slowNow'), late: t('bench.lateNow') };
  let valid = true;
  try {
    JSON.parse(robot.result);
  } catch {
    valid = false;
  }
  return html`<div class="work">
    <div class="row"><b>${t('bench.task', { id: '' })}</b><a href=${address('task', task.id)}><code>${task.id}</code></a>
      ${task.mode ? badge('queued', modes[task.mode]) : nothing}</div>
    <pre class="raw" tabindex="0"><bdi>${oneLine(JSON.stringify(task.payload).slice(0, 2_000))}</bdi></pre>
    <label class="field"><span>${t('bench.resultLabel')}</span><textarea rows="2" spellcheck="false" aria-invalid=${!valid} .value=${robot.result}
      @input=${(e) => { robot.result = e.target.value; draw(); }}></textarea></label>
    ${valid ? nothing : html`<span class="error-text">${t('bench.badJson')}</span>`}
    <label class="field"><span>${t('bench.errorLabel')}</span><input .value=${robot.error} @input=${(e) => { robot.error = e.target.value; }}></label>
    <div class="row"><button type="button" class="primary" title="task_complete" ?disabled=${!valid} @click=${() => { robot.complete(); draw(); }}>${t('bench.complete')} · task_complete</button>
      <button type="button" class="danger" title="task_error" @click=${() => { robot.fail(); draw(); }}>${t('bench.fail')} · task_error</button></div>
  </div>`;
}

const ARROWS = { in: '←', out: '→', note: '·' };

function frames(robot) {
  return html`<details class="log" ?open=${robots.length <= 4}><summary>${t('bench.frames')} <span class="muted">${robot.frameCount || t('bench.noFrames')}</span></summary>
    <ol class="frames" tabindex="0" aria-label=${t('bench.frames')}>${repeat([...robot.frames].reverse(), (frame) => frame.key, (frame) => html`<li>
      <time>${clock(frame.at)}</time><span class=${frame.direction} aria-label=${frame.direction}>${ARROWS[frame.direction]}</span>
      <bdi>${frame.closed ? t('bench.closeCode', frame.closed) : oneLine(frame.text)}</bdi></li>`)}</ol></details>`;
}

function taskForm() {
  const changeKind = (event) => {
    if (form.payload === EXAMPLES[form.kind]) form.payload = EXAMPLES[event.target.value];
    form.kind = event.target.value;
    draw();
  };
  return html`<section class="card">
    <h2>${t('bench.submit')}</h2>
    <form class="form" @submit=${submit}>
      <label class="field"><span>${t('bench.group')}</span><input name="group" value="default" pattern="[A-Za-z0-9._\\-]{1,64}" autocomplete="off"></label>
      <label class="field"><span>${t('bench.kind')}</span><select name="kind" @change=${changeKind}><option>data</option><option>messages</option></select></label>
      <label class="field"><span>${t('bench.timeout')}</span><input type="number" name="timeout" value=${shared.session.defaultTimeoutMs} min="1" max="86400000"></label>
      <label class="field"><span>${t('bench.howMany')}</span><input type="number" name="howMany" value="1" min="1" max=${MOST_AT_ONCE}></label>
      <label class="field whole"><span>JSON</span><textarea name="payload" rows="3" spellcheck="false" .value=${form.payload} @input=${(e) => { form.payload = e.target.value; }}></textarea></label>
      ${form.why ? html`<p class="error-text whole" role="alert">${form.why}</p>` : nothing}
      <fieldset class="whole" @change=${(e) => { form.async = e.target.value === 'async'; draw(); }}><label class="check"><input type="radio" name="mode" value="sync" checked>${t('bench.sync')}</label>
        <label class="check"><input type="radio" name="mode" value="async">${t('bench.async')}</label></fieldset>
      <p class="hint whole">${t(form.async ? 'bench.hint.async' : 'bench.hint.sync')}</p>
      ${shared.session.asksClients ? html`<label class="field"><span>${t('bench.clientKey')}</span><input type="password" name="clientKey" required autocomplete="off"></label>` : nothing}
      <div class="row whole"><button class="primary">${t('bench.submitButton')}</button></div>
    </form></section>`;
}

function answerList() {
  return html`<section class="card answers" aria-label=${t('bench.answers')}><h2>${t('bench.answers')}</h2>
    ${answers.length === 0 ? html`<p class="muted">${t('bench.noAnswers')}</p>` : repeat(answers, (answer) => answer.key, one)}</section>`;
}

function one(answer) {
  const { task } = answer;
  const said = answer.why ? t('bench.unreachable', { why: answer.why })
    : answer.status ? t('bench.answeredIn', { status: answer.status, time: duration(answer.took) }) : t('bench.waiting');
  return html`<details class="answer">
    <summary>${task ? status(task.status) : nothing}<span>${said}</span> ${excerpt(inShort(answer.body), 80)}</summary>
    ${command(curl.submit(location.origin, answer.request, shared.session.asksClients))}
    ${answer.body ? html`<pre class="raw" tabindex="0"><bdi>${answer.body.length > 2_000 ? `${answer.body.slice(0, 2_000)}… (${bytes(answer.body.length)})` : answer.body}</bdi></pre>` : nothing}
    ${task ? html`<p class="muted">${t('bench.way')}: ${way(task)} <a href=${address('task', task.id)}>${t('bench.openTask')}</a></p>` : nothing}
  </details>`;
}

/** What an answer comes to: its result or its error. */
function inShort(body) {
  try {
    const { result, error } = JSON.parse(body);
    return error ?? (result === undefined ? '' : JSON.stringify(result));
  } catch {
    return body;
  }
}

function way(task) {
  return [
    `${t('task.accepted')} ${clock(task.enqueuedAt)} ${task.acceptedBy}`,
    task.startedAt ? `${t('task.assigned')} +${duration(task.startedAt - task.enqueuedAt)} ${task.worker}` : '',
    task.deliveredAt ? `${t('task.delivered')} +${duration(Math.max(0, task.deliveredAt - task.enqueuedAt))} ${task.gateway}` : '',
    task.endedAt ? `${t('task.ended')} +${duration(task.endedAt - task.enqueuedAt)}` : '',
  ].filter(Boolean).join(' → ');
}

async function start() {
  shared.session = await api.session();
  draw();
}

draw();
start();
