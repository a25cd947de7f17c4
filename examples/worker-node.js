// A worker in Node: npm install ws, then
//   node worker-node.js [ws://localhost:3000] [group]
// or with GATEWAY_URL and GROUP in the environment, and WORKER_KEY where keys are asked for. Reconnects by itself, brings an answer it could not send to whichever
// gateway it reaches next, and finishes its task before it stops on Ctrl-C.
const WebSocket = require('ws');

const url = process.argv[2] || process.env.GATEWAY_URL || 'ws://localhost:3000';
const group = process.argv[3] || process.env.GROUP || 'default';
const headers = process.env.WORKER_KEY ? { Authorization: `Bearer ${process.env.WORKER_KEY}` } : {};

// ---- your work: replace this ------------------------------------------------------------------------------------
// Return the result, or throw. signal.aborted turns true when nobody waits for the result any more.
async function processTask(payload, { signal }) {
  return { success: true, data: payload.data ?? payload.messages, worker: 'node' };
}
// -----------------------------------------------------------------------------------------------------------------

const SILENCE_MS = 60000; // the gateway pings every 15 s; a link silent for longer is dead
const STOP_MS = 20000; // how long a stopping worker tries to bring its last answer

const tasks = []; // { taskId, payload, abort }; the first one runs
const unsent = []; // answers, as JSON
let ws;
let greeted = false;
let failures = 0;
let stopping = false;
let retry;

function connect() {
  const address = new URL(url);
  if (address.pathname === '/') address.pathname = '/ws';
  address.searchParams.set('group', group);
  const socket = (ws = new WebSocket(address, { handshakeTimeout: 10000, headers }));
  let watchdog;
  const alive = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => socket.terminate(), SILENCE_MS);
  };
  socket.on('open', alive);
  socket.on('ping', alive);
  socket.on('message', (text) => {
    alive();
    receive(JSON.parse(text.toString()));
  });
  socket.on('unexpected-response', (request, response) => {
    const hint = {
      400: 'the gateway refuses the group: its name is 1 to 64 characters of A-Z a-z 0-9 . _ -',
      401: headers.Authorization ? 'the gateway does not know this WORKER_KEY' : 'the gateway asks for a key: set WORKER_KEY',
      403: 'this WORKER_KEY does not serve the group',
    }[response.statusCode];
    console.error(hint || `connection: the answer is ${response.statusCode}`);
    // The next connection would be refused as well.
    if (hint) process.exit(1);
    socket.terminate();
  });
  socket.on('error', (error) => console.error('connection:', error.message));
  socket.on('close', (code, reason) => {
    clearTimeout(watchdog);
    greeted = false;
    if (isDone()) return process.exit(0);
    // Full jitter, half a second to half a minute; up to 3 s when the gateway restarts (1012).
    const limit = code === 1012 ? 3000 : Math.min(30000, 500 * 2 ** failures);
    failures++;
    const delay = Math.random() * (stopping ? Math.min(limit, 2000) : limit);
    console.log(`disconnected (${code} ${reason}), again in ${Math.round(delay)} ms`);
    retry = setTimeout(connect, delay);
  });
}

function receive(message) {
  switch (message.type) {
    case 'connected':
      greeted = true;
      failures = 0;
      console.log(`connected as ${message.workerId}, group ${group}`);
      flush();
      if (!stopping && tasks.length === 0) ws.send('{"type":"ready"}');
      break;
    case 'task':
      // One after the other: a worker that comes back in the middle of a task is given the next one all the same.
      tasks.push({ taskId: message.taskId, payload: message.payload, abort: new AbortController() });
      if (tasks.length === 1) work();
      break;
    case 'cancel':
      tasks.find((task) => task.taskId === message.taskId)?.abort.abort();
      break;
    case 'error':
      console.error(`gateway: ${message.code}: ${message.message}`);
      break;
  }
}

async function work() {
  while (tasks.length > 0) {
    const { taskId, payload, abort } = tasks[0];
    const started = Date.now();
    const answer = (type, rest) => JSON.stringify({ type, taskId, ...rest, duration: Date.now() - started });
    try {
      if (abort.signal.aborted) throw new Error('cancelled before it began');
      unsent.push(answer('task_complete', { result: await processTask(payload, { signal: abort.signal }) }));
      console.log(`task_complete ${taskId}`);
    } catch (error) {
      unsent.push(answer('task_error', { error: String(error?.message ?? error) }));
      console.log(`task_error ${taskId}`);
    }
    tasks.shift();
    flush();
  }
}

// An answer is kept until the socket took it; sent to a former gateway in vain, it is tried at the next.
function flush() {
  while (greeted && ws.readyState === WebSocket.OPEN && unsent.length > 0) {
    const answer = unsent.shift();
    ws.send(answer, (error) => error && unsent.push(answer));
  }
  if (isDone()) leave();
}

function isDone() {
  return stopping && tasks.length === 0 && unsent.length === 0;
}

function leave() {
  if (ws.readyState === WebSocket.CLOSED) process.exit(0);
  ws.close(1000);
}

for (const name of ['SIGINT', 'SIGTERM']) {
  process.on(name, () => {
    if (stopping) process.exit(1);
    stopping = true;
    console.log(tasks.length > 0 ? 'stopping after the current task' : 'stopping');
    if (isDone()) {
      clearTimeout(retry);
      leave();
    } else if (tasks.length === 0) {
      setTimeout(() => process.exit(1), STOP_MS);
    }
  });
}

connect();
