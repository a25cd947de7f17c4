// Serves a local OpenAI-compatible server (Ollama, vLLM, llama.cpp, LM Studio) through a gateway: npm install ws, then
//   UPSTREAM_URL=http://localhost:11434 GATEWAY_URL=https://gateway.example.com node bridge.mjs
// The bridge dials out, so it works behind NAT. README.md beside this file says what it promises. This file holds the settings and
// the link to the gateway; the files beside it hold the rest.
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { member, withMember } from './json.mjs';
import { Proxies } from './proxy.mjs';
import { Assembly, events } from './stream.mjs';
import { Failure, Upstream, textOf } from './upstream.mjs';

const HELP = `Serves a local OpenAI-compatible server through a Task Dispatcher gateway. Environment:
  GATEWAY_URL   the gateway, or several separated by commas     ws://localhost:3000
  UPSTREAM_URL  the OpenAI-compatible server                    http://localhost:11434
  UPSTREAM_KEY  the key of that server, where it asks for one
  MODELS        the models to serve, separated by commas        those of the server
  GROUP         the group to serve                              default
  SLOTS         how many requests the server gets at once       1
  WORKER_KEY    the key, where the gateway asks for one
  HTTP_PROXY, HTTPS_PROXY, NO_PROXY   the proxies, as for curl`;

if (process.argv.includes('--help') || process.argv.includes('-h')) {
  console.log(HELP);
  process.exit(0);
}

const SILENCE_MS = 60000; // the gateway pings every 15 s; a link silent for longer is dead
const STOP_MS = 30000; // how long a stopping bridge lets requests run
const BRING_MS = 5000; // how long it then tries to bring the last answers
const RETRY_MS = 1000; // before an answer is sent again, or the models are asked for again
const REFRESH_MS = 15000; // how often the bridge looks for new models
const LEAVING = 4000; // a close code of our own: the tasks stay ours, and are resumed

const WebSocket = library('ws');
const { GROUP: group = 'default' } = process.env;
const key = keyIn('WORKER_KEY');
const slots = Number(process.env.SLOTS || 1);
if (!Number.isInteger(slots) || slots < 1 || slots > 256) fail(`SLOTS must be 1 to 256, not ${process.env.SLOTS}`);
const named = listIn('MODELS');
if (named.length > 256 || named.some((name) => name.length > 200)) fail('MODELS must be at most 256 names of at most 200 characters');
const gateways = listIn('GATEWAY_URL', 'ws://localhost:3000').map(gatewayAddress);
const proxies = proxiesIn(process.env);
const upstreamUrl = address('UPSTREAM_URL', process.env.UPSTREAM_URL || 'http://localhost:11434', 'http://localhost:11434', /^https?:$/);
const upstream = new Upstream(upstreamUrl, keyIn('UPSTREAM_KEY'), named, proxies);

// Not imported: import does not look into NODE_PATH.
function library(name) {
  try {
    return createRequire(import.meta.url)(name);
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    fail(`the package ${name} is missing: run "npm install ${name}" in ${dirname(fileURLToPath(import.meta.url))}, then start the bridge again`);
  }
}

function keyIn(name) {
  const text = (process.env[name] ?? '').trim();
  if (/[^\x21-\x7e]/.test(text)) fail(`${name} must be one key: letters, digits and signs of ASCII without blanks`);
  return text || undefined;
}

function listIn(name, otherwise = '') {
  const parts = (process.env[name] || otherwise).split(',').map((text) => text.trim());
  return [...new Set(parts.filter((text) => text !== ''))];
}

function proxiesIn(environment) {
  try {
    return new Proxies(environment);
  } catch (error) {
    fail(error.message);
  }
}

// The address of the gateway's WebSocket, whether the text names the gateway, its /ws or its /v1. What else it has as path is the
// prefix that a proxy puts in front.
function gatewayAddress(text) {
  const url = address('GATEWAY_URL', text.replace(/^http/, 'ws'), 'https://gateway.example.com', /^wss?:$/);
  url.pathname = `${url.pathname.replace(/\/+$/, '').replace(/\/(ws|v1(\/.*)?)$/, '')}/ws`;
  url.searchParams.set('group', group);
  url.hash = '';
  return url;
}

function address(name, text, example, schemes) {
  if (URL.canParse(text) && schemes.test(new URL(text).protocol)) return new URL(text);
  fail(`${name} must be an address such as ${example}, not ${text}`);
}

function fail(why) {
  console.error(why);
  process.exit(1);
}

const tasks = new Map(); // taskId -> what aborts it: what runs
const answers = new Map(); // taskId -> { text, socket }: what is not acknowledged, and the socket it was sent on
let backlog = []; // { taskId, chunk }: chunks for which no link was there
let ws; // the newest socket; greeted once `connected` came on it
let greeted = false;
let bound = new Set(); // the tasks that have a slot of this socket: their answer asks for the next task
let models = [];
let dialled = 0;
let failures = 0;
let stopping = false;

// ---- the models -------------------------------------------------------------------------------------------------

// Until the server is there.
async function awaitModels() {
  for (let wait = RETRY_MS; ; wait = Math.min(10000, wait * 2)) {
    try {
      models = await upstream.models();
      if (models.length > 0) return;
      console.error(`upstream ${upstream.place}: there is no list of models. Check UPSTREAM_URL, or name the models in MODELS.`);
      return console.error(`Until then clients reach the upstream with the model ${group} or NAME@${group}.`);
    } catch (error) {
      console.error(`upstream ${upstream.place}: ${error.message || error.code}; again in ${wait} ms`);
    }
    await pause(wait);
  }
}

// A worker declares its models once a connection. The bridge connects again when they have changed, and resumes its tasks.
async function refreshModels() {
  for (;;) {
    await pause(REFRESH_MS, undefined, { ref: false });
    // A list that cannot be read says nothing about the models.
    const found = await upstream.models().catch(() => []);
    if (stopping) return;
    if (found.length === 0 || isSame(found, models)) continue;
    models = found;
    console.log(`the models of the upstream have changed: ${models.join(', ')}`);
    // Without a time limit: a task that is on its way to the bridge arrives before the socket has closed.
    if (isLinked()) ws.close(LEAVING, 'other models');
  }
}

function isSame(some, others) {
  return some.length === others.length && some.every((name) => others.includes(name));
}

// ---- one task ---------------------------------------------------------------------------------------------------

async function work(taskId, payload, raw) {
  const abort = new AbortController();
  const started = Date.now();
  tasks.set(taskId, abort);
  const answer = (type, rest) => `{"type":"${type}","taskId":"${taskId}","duration":${Date.now() - started},${rest}}`;
  let text;
  try {
    text = answer('task_complete', `"result":${await run(taskId, payload, raw, abort.signal)}`);
  } catch (error) {
    const why = error.code ? `upstream: ${error.message || error.code}` : error.message;
    const told = abort.signal.aborted ? { error: abort.signal.reason } : { error: why, ...error.details };
    text = answer('task_error', JSON.stringify(told).slice(1, -1));
  }
  console.log(`${text.slice(9, text.indexOf('"', 9))} ${taskId} ${payload.endpoint} ${Date.now() - started} ms`);
  tasks.delete(taskId);
  answers.set(taskId, { text, socket: null });
  flush();
}

// The result as JSON text: the upstream's own, byte for byte, or what its stream adds up to.
async function run(taskId, payload, raw, signal) {
  if (payload.endpoint === undefined) throw new Error('this worker serves the OpenAI API only: POST /v1/chat/completions');
  let body = member(raw, 'body');
  // The client wrote name@group, or the group, or asked the gateway to run it in the background: neither is for the upstream.
  const model = isTheGroup(payload.model) && models.length === 1 ? models[0] : payload.model;
  if (payload.body.model !== undefined && payload.body.model !== model) body = withMember(body, 'model', model);
  if (payload.body.background === true) body = withMember(body, 'background', false);
  const response = await upstream.ask(payload.endpoint, body, signal);
  if (response.statusCode >= 300) throw await upstream.failureOf(response);
  if (payload.stream && /^text\/event-stream/i.test(response.headers['content-type'])) return stream(taskId, response);
  const type = response.headers['content-type'] ?? '';
  if (/^(audio|image|video)\/|^application\/octet-stream/i.test(type)) {
    response.destroy();
    throw new Failure(`binary answers are not supported: the upstream answered with ${type}`, { status: 400 });
  }
  const text = await textOf(response);
  asObject(text);
  return text;
}

// Every group is listed as a model, too. Its name is not one of the upstream's, unless that lists it.
function isTheGroup(model) {
  return model === group && !models.includes(model);
}

async function stream(taskId, response) {
  const whole = new Assembly();
  for await (const data of events(response)) {
    if (data === '[DONE]') {
      whole.ended = true;
      break;
    }
    const chunk = asObject(data);
    const error = chunk.error ?? (chunk.type === 'response.failed' ? chunk.response?.error : null);
    if (error) throw Failure.of(error);
    whole.add(chunk);
    sendChunk(taskId, data);
  }
  if (!whole.ended) throw new Error('the stream of the upstream broke off');
  return JSON.stringify(whole.result());
}

function asObject(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    // Said below.
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new Error('the upstream answered with no JSON object');
  return value;
}

// ---- the gateway ------------------------------------------------------------------------------------------------

async function connect() {
  // With nothing to bring, only when there is something to serve.
  if (isIdle() && !stopping) await awaitModels();
  dial();
}

function dial() {
  if (isIdle() && stopping) return process.exit(0);
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  const gateway = gateways[dialled % gateways.length];
  const agent = proxies.agentFor(gateway);
  const socket = (ws = new WebSocket(gateway, { handshakeTimeout: 10000, headers, agent }));
  let watchdog;
  const alive = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => socket.terminate(), SILENCE_MS);
  };
  socket.on('open', alive);
  socket.on('ping', alive);
  socket.on('message', (text) => {
    alive();
    receive(text.toString());
  });
  socket.on('unexpected-response', (call, response) => refused(socket, response));
  socket.on('error', (error) => console.error(`connection: ${error.message || error.code}`));
  socket.on('close', (code, reason) => {
    clearTimeout(watchdog);
    greeted = false;
    if (isIdle() && stopping) return process.exit(0);
    if (code === LEAVING) return dial();
    // Larger than the gateway reads; its task has failed.
    if (code === 1009) answers.delete([...answers].sort(([, a], [, b]) => b.text.length - a.text.length)[0]?.[0]);
    dialled++;
    // Full jitter, half a second to half a minute; up to 3 s when the gateway restarts (1012).
    const limit = code === 1012 ? 3000 : Math.min(30000, 500 * 2 ** failures++);
    const delay = Math.random() * (stopping ? Math.min(limit, 2000) : limit);
    console.log(`disconnected (${code} ${reason}), again in ${Math.round(delay)} ms`);
    setTimeout(connect, delay);
  });
}

async function refused(socket, response) {
  const text = await textOf(response.setEncoding('utf8')).catch(() => '');
  const status = response.statusCode;
  const said = `${socket.url} answered ${status} ${text.trim().slice(0, 500)}`;
  const hint = {
    400: `GROUP must be 1 to 64 characters of A-Z a-z 0-9 . _ -, not ${group}`,
    401: key ? 'the gateway does not know this WORKER_KEY' : 'the gateway asks for a key: set WORKER_KEY',
    403: `this WORKER_KEY does not serve the group ${group}`,
  }[status];
  if (hint) fail(`${hint} (${said})`);
  const location = response.headers.location;
  if (location && status >= 300 && status < 400) console.error(`the gateway is elsewhere: set GATEWAY_URL to ${location.split('?')[0]} (${said})`);
  else if (status < 500) console.error(`GATEWAY_URL must be the address of the gateway, such as https://gateway.example.com (${said})`);
  else console.error(said);
  socket.terminate();
}

function receive(text) {
  const message = JSON.parse(text);
  const { type, taskId } = message;
  switch (type) {
    case 'connected':
      greeted = true;
      failures = 0;
      hello(message.workerId);
      break;
    case 'task':
      bound.add(taskId);
      if (!tasks.has(taskId)) work(taskId, message.payload, member(text, 'payload'));
      break;
    case 'cancel':
      tasks.get(taskId)?.abort('cancelled');
      break;
    case 'ack':
      answers.delete(taskId);
      flush();
      break;
    case 'error':
      if (message.code === 'busy') break; // all slots work on what was resumed
      console.error(`gateway: ${message.code}: ${message.message}${taskId ? ` (${taskId})` : ''}`);
      if (message.code === 'retry_later') setTimeout(sendAgain, RETRY_MS, taskId);
      else answers.delete(taskId);
      flush();
      break;
  }
}

function hello(workerId) {
  bound = new Set(tasks.keys());
  // One that stops is never ready: it gets no further task.
  const serves = stopping ? { slots: Math.max(1, tasks.size) } : { slots, models };
  const name = `bridge ${hostname()}`.slice(0, 200);
  ws.send(JSON.stringify({ type: 'hello', protocol: 1, ...serves, name, resume: [...bound] }));
  const missed = backlog.filter(({ taskId }) => bound.has(taskId));
  backlog = [];
  missed.forEach(({ taskId, chunk }) => sendChunk(taskId, chunk));
  flush();
  if (stopping) return;
  ws.send('{"type":"ready"}');
  console.log(`ready as ${workerId}, group ${group}, slots ${slots}, models: ${models.join(', ')}`);
}

function sendChunk(taskId, chunk) {
  if (isLinked()) ws.send(`{"type":"task_chunk","taskId":"${taskId}","chunk":${chunk}}`);
  else backlog.push({ taskId, chunk });
}

function sendAgain(taskId) {
  const answer = answers.get(taskId);
  if (answer) answer.socket = null;
  flush();
}

// Sends each answer once on each socket, until it is acknowledged.
function flush() {
  if (!isLinked()) return;
  let leave = false;
  for (const [taskId, answer] of answers) {
    if (answer.socket === ws) continue;
    if (stopping && bound.has(taskId)) {
      leave = true;
      continue;
    }
    answer.socket = ws;
    ws.send(answer.text);
  }
  if (leave) redial();
  else if (stopping && isIdle()) ws.close(1000);
}

function isLinked() {
  return greeted && ws.readyState === WebSocket.OPEN;
}

function isIdle() {
  return tasks.size === 0 && answers.size === 0;
}

// An answer in a slot brings the next task with it. A bridge that stops leaves its slots, keeps its tasks, and brings each
// answer over a connection that has no slot for it.
function redial() {
  const socket = ws;
  socket.close(LEAVING, 'stopping');
  setTimeout(() => socket.terminate(), 2000).unref();
}

for (const name of ['SIGINT', 'SIGTERM']) {
  process.on(name, () => {
    if (stopping) process.exit(1);
    stopping = true;
    console.log(tasks.size > 0 ? `stopping after ${tasks.size} running` : 'stopping');
    setTimeout(() => tasks.forEach((abort) => abort.abort('the worker stopped')), STOP_MS);
    setTimeout(() => process.exit(1), STOP_MS + BRING_MS);
    if (isLinked()) redial();
    else if (isIdle()) process.exit(0);
  });
}

connect();
if (named.length === 0) refreshModels();
