// A simulated worker: one WebSocket, every message kept as it was sent, answers by hand or by a rule, and some ways to
// misbehave. Knows no page; the socket is given to it, so it can be driven by a test.

const KEPT_FRAMES = 200;
const FRAME_CHARS = 4_000;
const SLOW_MS = 10_000;
const LATE_MS = 2_000;

export class Robot {
  /**
   * @param rule `{auto, delayFrom, delayTo, errorRate}`: delays in ms, errors in percent
   * @param connect `() => WebSocket`, or a promise of one
   * @param changed runs whenever there is something new to see
   */
  constructor({ number, group, rule, connect, changed }) {
    Object.assign(this, { number, group, rule, connect, changed });
    this.state = 'closed';
    this.frames = [];
    this.frameCount = 0;
    this.task = null;
    this.done = 0;
    this.silent = false;
    this.result = '{"ok": true}';
    this.error = 'it did not work';
  }

  async open() {
    this.state = 'connecting';
    this.silent = false;
    this.task = null;
    this.id = null;
    this.changed();
    let socket;
    try {
      socket = await this.connect();
    } catch (e) {
      this.note(e.message);
      this.state = 'closed';
      this.changed();
      return;
    }
    this.socket = socket;
    socket.onmessage = (event) => this.heard(event.data);
    socket.onclose = (event) => {
      if (this.socket !== socket) return;
      this.state = 'closed';
      this.task = null;
      clearTimeout(this.timer);
      this.note('', { code: event.code, reason: event.reason });
    };
  }

  close() {
    clearTimeout(this.timer);
    this.socket?.close(1000);
  }

  // ---- frames ----

  keep(direction, text, closed) {
    this.frames.push({ key: this.frameCount++, at: Date.now(), direction, closed, text: text.length > FRAME_CHARS ? `${text.slice(0, FRAME_CHARS)}… (${text.length})` : text });
    if (this.frames.length > KEPT_FRAMES) this.frames.shift();
    this.changed();
  }

  note(text, closed) {
    this.keep('note', text, closed);
  }

  /** Sends a message, or a text as it is. */
  send(message) {
    if (this.socket?.readyState !== 1) return;
    const text = typeof message === 'string' ? message : JSON.stringify(message);
    this.socket.send(text);
    this.keep('out', text);
  }

  heard(text) {
    this.keep('in', text);
    let message;
    try {
      message = JSON.parse(text);
    } catch {
      return;
    }
    if (message.type === 'connected') {
      this.id = message.workerId;
      this.state = 'open';
      this.ready();
    } else if (message.type === 'task') {
      this.state = 'busy';
      this.task = { id: message.taskId, at: Date.now(), payload: message.payload, mode: '' };
      if (this.rule.auto && !this.silent) this.answerByRule();
    } else if (message.type === 'cancel' && this.task?.id === message.taskId) {
      // At once it would still count: the gateway waits 1.5 s for an answer that is on its way.
      if (this.task.mode === 'late') this.later(LATE_MS, () => this.complete());
    }
    this.changed();
  }

  // ---- what a good worker says ----

  ready() {
    if (this.silent) return;
    this.send({ type: 'ready' });
    if (this.state === 'open' || this.state === 'busy') this.state = this.task ? 'busy' : 'ready';
    this.changed();
  }

  answerByRule() {
    const { delayFrom, delayTo, errorRate } = this.rule;
    const delay = delayFrom + Math.random() * Math.max(0, delayTo - delayFrom);
    const fails = Math.random() * 100 < errorRate;
    this.later(delay, () => (fails ? this.fail('simulated error') : this.complete(JSON.stringify({ worker: this.id, echo: this.task.payload }))));
  }

  later(delay, what) {
    const task = this.task;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.task === task && !this.silent && what(), delay);
  }

  /** @param result JSON; throws when it is none */
  complete(result = this.result) {
    JSON.parse(result);
    const task = this.take();
    if (task) this.send(`{"type":"task_complete","taskId":"${task.id}","result":${result.trim()},"duration":${Date.now() - task.at}}`);
  }

  fail(error = this.error) {
    const task = this.take();
    if (task) this.send({ type: 'task_error', taskId: task.id, error });
  }

  /** The current task, which is answered now. */
  take() {
    const task = this.task;
    if (!task) return null;
    clearTimeout(this.timer);
    this.task = null;
    this.last = task;
    this.state = 'ready';
    this.done++;
    return task;
  }

  // ---- misbehaving ----

  slow() {
    if (!this.task) return;
    this.task.mode = 'slow';
    this.later(SLOW_MS, () => this.complete());
    this.changed();
  }

  drop() {
    this.note('close()');
    this.close();
  }

  twice() {
    const task = this.task ?? this.last;
    if (!task) return;
    this.complete();
    this.send({ type: 'task_complete', taskId: task.id, result: 'the second answer' });
  }

  late() {
    if (!this.task) return;
    clearTimeout(this.timer);
    this.task.mode = 'late';
    this.changed();
  }

  foreign(id) {
    this.send({ type: 'task_complete', taskId: id, result: 'not mine' });
  }

  junk() {
    this.send('{"type": "task_complete", "taskId": 42, oops');
  }

  fallSilent(silent) {
    this.silent = silent;
    if (silent) clearTimeout(this.timer);
    else if (this.task && this.rule.auto) this.answerByRule();
    this.changed();
  }
}
