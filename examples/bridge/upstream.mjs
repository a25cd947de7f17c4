// The OpenAI-compatible server behind the bridge: requests to it, its models, its errors.
import http from 'node:http';
import https from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { credentials, placeOf } from './proxy.mjs';

const RETRY_MS = 1000; // before a request that did not reach the server is sent again
const LIST_MS = 10000; // how long the list of models may take
const MAX_MODELS = 256; // as many as a worker may declare, docs/protocol.md

// The codes of errors of requests that have not reached the server.
const NOT_SENT = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'EPROXY']);

const REFUSED_BY_PROXY = 'the proxy refuses the bridge (407): give HTTP_PROXY a name and a password, http://name:password@host:port';

// What the client is told of a failed task: a text, and the status, code, type, param and retryAfter of the server's error.
export class Failure extends Error {
  constructor(text, details = {}) {
    super(text);
    this.details = details;
  }

  // OpenAI's errors are objects with a message. Those of some servers are plain texts or lists, or objects with a number as code.
  static of(error, details = {}) {
    if (typeof error === 'string') return new Failure(error, details);
    const { message, code, type, param } = error;
    const word = (value) => (typeof value === 'string' && value !== '' ? value : undefined);
    const more = { code: word(code), errorType: word(type), param: word(param) };
    if (Number.isInteger(code) && code >= 400 && code < 600) more.status = code;
    return new Failure(word(message) ?? JSON.stringify(error), { ...more, ...details });
  }
}

export class Upstream {
  #origin;
  #base;
  #key;
  #named;
  #proxies;

  // url: the server, with or without /v1; key: for its Authorization header, or undefined; named: the models that MODELS names.
  constructor(url, key, named, proxies) {
    this.#origin = url.origin;
    this.#base = url.pathname.replace(/\/+$/, '').replace(/\/v1$/, '');
    this.#key = key;
    this.#named = named;
    this.#proxies = proxies;
  }

  // Where the models are read, and through which proxy, for the log.
  get place() {
    const url = new URL(`${this.#origin}${this.#base}/v1/models`);
    const proxy = this.#proxies.of(url);
    return proxy ? `${url} (through the proxy ${proxy.host})` : `${url}`;
  }

  // A server that is not there has not seen the request: the bridge asks until it is there, or until the signal ends it.
  async ask(path, body, signal) {
    for (let tries = 0; ; tries++) {
      try {
        return await this.#request('POST', path, body, signal);
      } catch (error) {
        if (error.code === 'EPROXYREFUSED') {
          console.error(error.message);
          throw new Failure('the proxy refuses the bridge', { status: 502 });
        }
        if (!NOT_SENT.has(error.code)) throw error;
        if (tries === 0) console.error(`upstream not reachable (${error.message || error.code}), a task waits for it`);
      }
      await pause(RETRY_MS, undefined, { signal });
    }
  }

  // The names of the models that the bridge declares. Empty: the server has no list and MODELS is not set.
  // Throws an Error that says what to do while the server is not ready.
  async models() {
    const response = await this.#request('GET', '/v1/models', undefined, AbortSignal.timeout(LIST_MS));
    const status = response.statusCode;
    const text = await textOf(response);
    if (status === 407) throw new Error(REFUSED_BY_PROXY);
    // Any other answer shows that the server is there; some give no list to the key, or have none.
    if (this.#named.length > 0 && status < 500) return this.#named;
    if (status === 401 || status === 403) throw new Error(this.#refusal(status, text));
    if ([404, 405, 501].includes(status)) return [];
    if (status !== 200) throw errorOf(status, response.headers, text);
    const listed = (JSON.parse(text).data ?? []).map((model) => model.id);
    const names = [...new Set(listed)].filter((id) => typeof id === 'string' && id !== '' && id.length <= 200);
    if (names.length === 0) throw new Error('it serves no model yet');
    if (names.length > MAX_MODELS) console.error(`it has ${names.length} models, the bridge declares the first ${MAX_MODELS}: name yours in MODELS`);
    return names.slice(0, MAX_MODELS);
  }

  // The Failure that a response with a status of 300 or more means.
  async failureOf(response) {
    const status = response.statusCode;
    const text = await textOf(response);
    if (status !== 401 && status !== 403 && status !== 407) return errorOf(status, response.headers, text);
    // About the key of the bridge: its words are for the operator of the bridge, not for the client.
    console.error(status === 407 ? REFUSED_BY_PROXY : this.#refusal(status, text));
    return new Failure(`the upstream refuses the bridge with status ${status}`, { status: 502 });
  }

  #refusal(status, text) {
    const what = this.#key ? 'it does not take this UPSTREAM_KEY' : 'it asks for a key: set UPSTREAM_KEY';
    return `the upstream refuses the bridge (${status}), ${what} (${text.trim().slice(0, 500)})`;
  }

  // Not fetch: that gives up on an answer that takes longer than five minutes.
  #request(method, path, body, signal) {
    return new Promise((resolve, reject) => {
      const url = new URL(this.#origin + this.#base + path);
      // A path that leads elsewhere, ".." say, would open more of the server than its OpenAI API.
      if (!url.pathname.startsWith(`${this.#base}/v1/`)) throw new Error(`no path of the OpenAI API: ${path}`);
      const headers = body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
      if (this.#key) headers.Authorization = `Bearer ${this.#key}`;
      const call = this.#call(url, { method, headers, signal });
      call.on('error', reject);
      call.on('response', (response) => resolve(response.setEncoding('utf8')));
      call.end(body);
    });
  }

  // A connection each: the server may close one that is kept open just when the bridge uses it again.
  #call(url, options) {
    const proxy = this.#proxies.of(url);
    if (url.protocol === 'https:') return https.request(url, { ...options, agent: this.#proxies.agentFor(url) ?? false });
    if (!proxy) return http.request(url, { ...options, agent: false });
    // Plain HTTP goes to the proxy with the whole address (RFC 9112, 3.2.2): many proxies tunnel to port 443 only.
    const headers = { ...options.headers, Host: url.host, ...credentials(proxy) };
    const place = { ...placeOf(proxy), path: url.href, agent: false };
    return (proxy.protocol === 'https:' ? https : http).request({ ...options, ...place, headers });
  }
}

export async function textOf(response) {
  let text = '';
  for await (const part of response) text += part;
  return text;
}

function errorOf(status, headers, text) {
  const details = status >= 400 ? { status, retryAfter: secondsOf(headers['retry-after']) } : {};
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
