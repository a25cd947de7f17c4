// Serves a local OpenAI-compatible server (Ollama, vLLM, llama.cpp, LM Studio) through a gateway: npm install ws, then
//   UPSTREAM_URL=http://localhost:11434 GATEWAY_URL=https://gateway.example.com node bridge.mjs
// It dials out, so it works behind NAT. README.md beside this file says what it promises.
import http from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

const HELP = `Serves a local OpenAI-compatible server through a Task Dispatcher gateway. Environment:
  GATEWAY_URL   the gateway, or several separated by commas     ws://localhost:3000
  UPSTREAM_URL  the OpenAI-compatible server                    http://localhost:11434
  GROUP         the group to serve                              default
  SLOTS         how many requests the server gets at once       1
  WORKER_KEY    the key, where the gateway asks for one`;

if (process.argv.includes('--help') || process.argv.includes('-h')) {
  console.log(HELP);
  process.exit(0);
}

const WebSocket = createRequire(import.meta.url)('ws'); // not imported: import does not look into NODE_PATH

const SILENCE_MS = 60000; // the gateway pings every 15 s; a link silent for longer is dead
const STOP_MS = 30000; // how long a stopping bridge lets requests run
const BRING_MS = 5000; // how long it then tries to bring the last answers
const RETRY_MS = 1000; // before a request or an answer is tried again
const LEAVING = 4000; // a close code of our own: the tasks stay ours, and are resumed

const { GROUP: group = 'default', WORKER_KEY: key } = process.env;
const slots = Number(process.env.SLOTS || 1);
if (!Number.isInteger(slots) || slots < 1 || slots > 256) fail(`SLOTS must be 1 to 256, not ${process.env.SLOTS}`);
const upstream = address('UPSTREAM_URL', process.env.UPSTREAM_URL || 'http://localhost:11434', /^https?:$/);
const base = upstream.pathname.replace(/\/+$/, '').replace(/\/v1$/, '');
const gateways = (process.env.GATEWAY_URL || 'ws://localhost:3000').split(',').map((text) => {
  const url = address('GATEWAY_URL', text.trim().replace(/^http/, 'ws'), /^wss?:$/);
  if (url.pathname === '/') url.pathname = '/ws';
  url.searchParams.set('group', group);
  return url;
});

function address(name, text, schemes) {
  if (URL.canParse(text) && schemes.test(new URL(text).protocol)) return new URL(text);
  fail(`${name} is no address: ${text}`);
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

// ---- the upstream -----------------------------------------------------------------------------------------------

// Not fetch: that gives up on an answer that takes longer than five minutes.
function request(method, path, body, signal) {
  return new Promise((resolve, reject) => {
    const url = new URL(upstream.origin + base + path);
    // A path that leads elsewhere, ".." say, would open more of the server than its OpenAI API.
    if (!url.pathname.startsWith(`${base}/v1/`)) throw new Error(`no path of the OpenAI API: ${path}`);
    const headers = body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
    // A connection each: one kept open may be closed by the server just when it is used again.
    const call = (url.protocol === 'https:' ? https : http).request(url, { method, headers, signal, agent: false });
    call.on('error', reject);
    call.on('response', (response) => resolve(response.setEncoding('utf8')));
    call.end(body);
  });
}

async function textOf(response) {
  let text = '';
  for await (const part of response) text += part;
  return text;
}

// What a client is told of a failed task: a text, and the status, code, type, param and retryAfter of the upstream's error.
class Failure extends Error {
  constructor(text, details = {}) {
    super(text);
    this.details = details;
  }

  // OpenAI's errors are objects with a message, those of some servers plain texts or lists, or objects with a number as code.
  static of(error, details = {}) {
    if (typeof error === 'string') return new Failure(error, details);
    const { message, code, type, param } = error;
    const word = (value) => (typeof value === 'string' && value !== '' ? value : undefined);
    const more = { code: word(code), errorType: word(type), param: word(param) };
    if (Number.isInteger(code) && code >= 400 && code < 600) more.status = code;
    return new Failure(word(message) ?? JSON.stringify(error), { ...more, ...details });
  }
}

async function errorOf(response) {
  const text = await textOf(response);
  const status = response.statusCode;
  if (status === 401 || status === 403) {
    // The key of the bridge, not of the client.
    return new Failure(`the upstream refuses the bridge with status ${status}: ${text.slice(0, 500)}`, { status: 502 });
  }
  const details = status >= 400 ? { status, retryAfter: secondsOf(response.headers['retry-after']) } : {};
  try {
    const { error, detail, message } = JSON.parse(text);
    const said = error ?? detail ?? message;
    if (said) return Failure.of(said, details);
  } catch {
    // Not JSON: as it is.
  }
  return new Failure(text.trim().slice(0, 2000) || `the upstream answered with status ${status}`, details);
}

// A number of seconds, or a date.
function secondsOf(retryAfter) {
  if (!retryAfter) return undefined;
  const seconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined;
}

// A server that is not there has not seen the request: it is asked until it is, or until nobody waits any more.
async function ask(path, body, signal) {
  for (let tries = 0; ; tries++) {
    try {
      return await request('POST', path, body, signal);
    } catch (error) {
      if (!['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN'].includes(error.code)) throw error;
      if (tries === 0) console.error(`upstream not reachable (${error.code}), a task waits for it`);
    }
    await pause(RETRY_MS, undefined, { signal });
  }
}

async function readModels() {
  for (let wait = RETRY_MS; ; wait = Math.min(10000, wait * 2)) {
    try {
      const response = await request('GET', '/v1/models', undefined, AbortSignal.timeout(10000));
      if (response.statusCode !== 200) throw await errorOf(response);
      const listed = (JSON.parse(await textOf(response)).data ?? []).map((model) => model.id);
      models = [...new Set(listed)].filter((id) => typeof id === 'string' && id !== '' && id.length <= 200).slice(0, 256);
      if (models.length > 0) return;
      throw new Error('it serves no model yet');
    } catch (error) {
      console.error(`upstream ${upstream.origin}${base}/v1/models: ${error.message || error.code}; again in ${wait} ms`);
    }
    await pause(wait);
  }
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
  const response = await ask(payload.endpoint, body, signal);
  if (response.statusCode >= 300) throw await errorOf(response);
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

// The data of each server-sent event.
async function* events(response) {
  let rest = '';
  let data = [];
  for await (const part of response) {
    const lines = (rest + part).split(/\r?\n/);
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith('data:')) data.push(line.slice(5).trim());
      if (line !== '' || data.length === 0) continue;
      yield data.join('\n');
      data = [];
    }
  }
}

// What the chunks of a stream add up to: for chat and completions the object the endpoint gives without a stream, for
// responses the one its last event brings, for anything else the last chunk.
class Assembly {
  ended = false;
  #last = {};
  #usage;
  #choices = [];

  add(chunk) {
    if (chunk.response) this.#last = chunk.response;
    else if (this.#last.choices === undefined) this.#last = chunk;
    if (chunk.type === 'response.completed' || chunk.type === 'response.incomplete') this.ended = true;
    this.#usage = chunk.usage ?? this.#usage;
    for (const { index = 0, delta, ...rest } of chunk.choices ?? []) {
      const choice = (this.#choices[index] ??= { index });
      if (delta) merge((choice.message ??= { role: 'assistant', content: null }), delta);
      merge(choice, rest);
    }
  }

  result() {
    if (this.#last.choices === undefined) return this.#last;
    const choices = this.#choices.filter(Boolean);
    for (const { message } of choices) message?.tool_calls?.forEach((call) => delete call.index);
    const object = this.#last.object === 'chat.completion.chunk' ? 'chat.completion' : this.#last.object;
    return { ...this.#last, object, choices, ...(this.#usage && { usage: this.#usage }) };
  }
}

const WHOLE = new Set(['role', 'id', 'type', 'name', 'finish_reason']); // texts that come in one piece

// Texts go on where they were, lists of numbered things by their number, other lists at their end.
function merge(into, from) {
  for (const [name, value] of Object.entries(from)) {
    const old = into[name];
    if (value === null) into[name] ??= null;
    else if (typeof old === 'string' && typeof value === 'string' && !WHOLE.has(name)) into[name] = old + value;
    else if (Array.isArray(value)) {
      const list = (into[name] ??= []);
      for (const item of value) {
        const same = item?.index === undefined ? undefined : list.find((other) => other.index === item.index);
        if (same) merge(same, item);
        else list.push(item);
      }
    } else if (typeof value === 'object' && old) merge(old, value);
    else into[name] = value;
  }
}

// ---- JSON as it was written: parsed and written again, 1.0 would be 1 and a long number another one --------------

// Where the value of this member of a JSON object stands, [from, to); null when there is none. The text is valid JSON.
function find(json, name) {
  let depth = 0;
  let from = -1; // of the value that is being read, -1: between values
  let member;
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case '"': {
        const start = at;
        for (at++; json[at] !== '"'; at++) if (json[at] === '\\') at++;
        if (depth === 1 && from < 0) member = JSON.parse(json.slice(start, at + 1));
        break;
      }
      case ':':
        if (depth === 1) for (from = at + 1; json[from] <= ' '; from++);
        break;
      case '{':
      case '[':
        depth++;
        break;
      case ',':
      case '}':
      case ']':
        if (depth === 1) {
          if (from >= 0 && member === name) return [from, at];
          from = -1;
        }
        if (json[at] !== ',') depth--;
        break;
    }
  }
  return null;
}

function member(json, name) {
  return json.slice(...find(json, name));
}

function withMember(json, name, value) {
  const [from, to] = find(json, name);
  return json.slice(0, from) + JSON.stringify(value) + json.slice(to);
}

// ---- the gateway ------------------------------------------------------------------------------------------------

async function connect() {
  // With nothing to bring, only when there is something to serve.
  if (isIdle() && !stopping) await readModels();
  if (isIdle() && stopping) return process.exit(0);
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  const socket = (ws = new WebSocket(gateways[dialled % gateways.length], { handshakeTimeout: 10000, headers }));
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
    if (code === LEAVING) return connect();
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
  const said = `${socket.url} answered ${response.statusCode} ${text.slice(0, 500)}`;
  const hint = {
    400: `GROUP must be 1 to 64 characters of A-Z a-z 0-9 . _ -, not ${group}`,
    401: key ? 'the gateway does not know this WORKER_KEY' : 'the gateway asks for a key: set WORKER_KEY',
    403: `this WORKER_KEY does not serve the group ${group}`,
  }[response.statusCode];
  if (hint) fail(`${hint} (${said})`);
  console.error(said);
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
