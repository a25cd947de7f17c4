// Connects through the proxies that HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY name. Names and meaning are those of curl, in
// capitals or small letters, with one exception: an address of this machine needs no proxy on another machine.
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';

const CONNECT_MS = 10000; // how long the proxy may take to reach the target

export class Proxies {
  #plain;
  #secure;
  #direct;

  // env: as process.env. Throws an Error that names the variable when a proxy is no address.
  constructor(env) {
    this.#plain = proxyOf(env, 'HTTP_PROXY') ?? proxyOf(env, 'ALL_PROXY');
    this.#secure = proxyOf(env, 'HTTPS_PROXY') ?? proxyOf(env, 'ALL_PROXY');
    this.#direct = (env.no_proxy || env.NO_PROXY || '').split(/[\s,]+/).filter(Boolean);
  }

  // The proxy for this address as a URL, or null for a direct connection.
  of(url) {
    const proxy = isSecure(url) ? this.#secure : this.#plain;
    if (!proxy || this.#direct.some((entry) => covers(entry, url))) return null;
    return isLoopback(url) && !isLoopback(proxy) ? null : proxy;
  }

  // The agent for http.request or a WebSocket that tunnels to this address, or undefined for a direct connection.
  agentFor(url) {
    const proxy = this.of(url);
    return proxy ? new Tunnel(proxy, url) : undefined;
  }
}

// An error of the proxy itself. Nothing has reached the target.
export class ProxyError extends Error {
  constructor(text, status) {
    super(text);
    // Of 502, 503, 504 and silence the cause may pass.
    this.code = status === undefined || status >= 500 ? 'EPROXY' : 'EPROXYREFUSED';
  }
}

// The headers that sign in at the proxy.
export function credentials(proxy) {
  if (proxy.username === '') return {};
  const text = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'Proxy-Authorization': `Basic ${Buffer.from(text).toString('base64')}` };
}

// The options that lead http.request to the proxy.
export function placeOf(proxy) {
  return { protocol: proxy.protocol, host: nameOf(proxy), port: portOf(proxy) };
}

class Tunnel extends http.Agent {
  #proxy;
  #target;

  constructor(proxy, target) {
    super();
    this.#proxy = proxy;
    this.#target = target;
    if (isSecure(target)) Object.assign(this, { protocol: 'https:', defaultPort: 443 });
  }

  createConnection(options, callback) {
    const [proxy, target] = [this.#proxy, this.#target];
    const place = `${target.hostname}:${portOf(target)}`;
    const by = `the proxy ${proxy.protocol}//${proxy.host}`;
    let socket;
    let over = false;
    const call = (proxy.protocol === 'https:' ? https : http).request({
      ...placeOf(proxy),
      method: 'CONNECT',
      path: place,
      headers: { Host: place, ...credentials(proxy) },
      agent: false,
    });
    const done = (error, connected) => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      if (error) {
        call.destroy();
        socket?.destroy();
      }
      callback(error, connected);
    };
    const timer = setTimeout(() => done(new ProxyError(`${by} did not connect to ${place} within ${CONNECT_MS / 1000} s`)), CONNECT_MS);
    call.on('error', done);
    call.on('connect', (response, connected, head) => {
      socket = connected;
      const { statusCode: status, statusMessage: reason } = response;
      if (status < 200 || status > 299) return done(new ProxyError(`${by} answered ${status} ${reason} to CONNECT ${place}`, status));
      socket.on('error', done);
      if (head.length > 0) socket.unshift(head);
      if (!isSecure(target)) return done(null, socket);
      const name = nameOf(target);
      const secured = tls.connect({ socket, host: name, servername: net.isIP(name) ? '' : name }, () => done(null, secured));
      secured.on('error', done);
    });
    call.end();
  }
}

function proxyOf(env, name) {
  const text = (env[name.toLowerCase()] || env[name] || '').trim();
  if (text === '') return null;
  const address = text.includes('://') ? text : `http://${text}`;
  if (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)) return new URL(address);
  // Its text may hold a password.
  throw new Error(`${name} must be an address such as http://proxy.example.com:3128, or one that begins with https://`);
}

// An entry of NO_PROXY: *, a name with all names below it, an address or a block of them, each with or without a port.
function covers(entry, url) {
  if (entry === '*') return true;
  const name = nameOf(url);
  const [, host, port] = /^(\[.*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [null, entry];
  if (port !== undefined && Number(port) !== portOf(url)) return false;
  const plain = host.toLowerCase().replace(/^\[|\]$/g, '').replace(/^\*?\./, '');
  const [block, bits] = plain.split('/');
  if (net.isIP(block)) {
    if (!net.isIP(name)) return false;
    const list = new net.BlockList();
    const family = `ipv${net.isIP(block)}`;
    const most = family === 'ipv4' ? 32 : 128;
    const prefix = bits === undefined ? most : Number(bits);
    if (!Number.isInteger(prefix) || prefix < 0 || prefix > most) return false;
    list.addSubnet(block, prefix, family);
    return list.check(name, `ipv${net.isIP(name)}`);
  }
  return plain !== '' && (name === plain || name.endsWith(`.${plain}`));
}

function isSecure(url) {
  return url.protocol === 'https:' || url.protocol === 'wss:';
}

function isLoopback(url) {
  const name = nameOf(url);
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || (net.isIPv4(name) && name.startsWith('127.'));
}

function nameOf(url) {
  return url.hostname.replace(/^\[|\]$/g, '');
}

function portOf(url) {
  return Number(url.port) || (isSecure(url) ? 443 : 80);
}
