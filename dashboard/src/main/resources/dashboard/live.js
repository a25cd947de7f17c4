// One connection to the server for the view that is shown. It is closed while nobody looks: paused, or in another tab.

const STALE_MS = 5_000;
const RETRY_MS = [500, 1_000, 2_000, 4_000];

export class Live {
  /**
   * onView(view), onTick({now, redis}), onState(state): 'connecting', 'live', 'stale' or 'paused'; and onRefused() when
   * the server may have its reasons.
   */
  constructor({ onView, onTick, onState, onRefused }) {
    this.onView = onView;
    this.onTick = onTick;
    this.onState = onState;
    this.onRefused = onRefused;
    this.paused = false;
    this.failures = 0;
    this.heardAt = performance.now();
    document.addEventListener('visibilitychange', () => (document.hidden ? this.close() : this.open()));
    setInterval(() => this.check(), 1_000);
  }

  /** Shows this view from now on. */
  watch(view, params) {
    this.query = new URLSearchParams({ view, ...params });
    this.failures = 0;
    this.open();
  }

  pause(paused) {
    this.paused = paused;
    if (paused) {
      this.close();
      this.tell('paused');
    } else {
      this.open();
    }
  }

  stop() {
    this.query = null;
    this.close();
  }

  open() {
    this.close();
    if (!this.query || this.paused || document.hidden) return;
    if (this.state !== 'stale') {
      this.heardAt = performance.now();
      this.tell('connecting');
    }
    const source = new EventSource(`/api/dashboard/events?${this.query}`);
    this.source = source;
    source.addEventListener('view', (event) => this.source === source && this.onView(JSON.parse(event.data)));
    source.addEventListener('tick', (event) => {
      if (this.source !== source) return;
      const tick = JSON.parse(event.data);
      this.failures = 0;
      this.heardAt = performance.now();
      this.tell(tick.redis ? 'live' : 'stale');
      this.onTick(tick);
    });
    source.onerror = () => {
      if (this.source === source) this.again();
    };
  }

  /** The browser's own retries are slow after a refusal and tell nothing; these are ours. */
  again() {
    this.close();
    const delay = RETRY_MS[Math.min(this.failures++, RETRY_MS.length - 1)];
    if (this.failures > 1) this.tell('stale');
    if (this.failures === 2) this.onRefused();
    this.timer = setTimeout(() => this.open(), delay * (0.75 + Math.random() / 2));
  }

  check() {
    const silent = performance.now() - this.heardAt > STALE_MS;
    if (this.source && silent && this.state !== 'stale') this.tell('stale');
  }

  tell(state) {
    if (state === 'paused' || this.state !== state) {
      this.state = state;
      this.onState(state);
    }
  }

  close() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }
}
