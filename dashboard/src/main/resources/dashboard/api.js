// What the server can be asked, and what it answers.

export class Refusal extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { credentials: 'same-origin', cache: 'no-store', ...options });
  } catch (e) {
    throw new Refusal(0, String(e.message));
  }
  if (!answer.ok) {
    const body = await answer.json().catch(() => ({}));
    throw new Refusal(answer.status, body.error ?? `HTTP ${answer.status}`);
  }
  return answer;
}

const action = (headers = {}) => ({ method: 'POST', headers: { 'X-Dashboard': '1', ...headers } });

export const session = async () => (await ask('/api/dashboard/session')).json();
export const signIn = (key) => ask('/api/dashboard/session', action({ Authorization: `Bearer ${key}` }));
export const signOut = () => ask('/api/dashboard/session', { ...action(), method: 'DELETE' });
export const view = async (name, params) =>
  (await ask(`/api/dashboard/views/${name}?${new URLSearchParams(params)}`)).json();
export const cancel = async (id) => (await ask(`/api/dashboard/tasks/${id}/cancel`, action())).json();
export const again = async (id) => (await ask(`/api/dashboard/tasks/${id}/again`, action())).json();

/**
 * A request or result: `{text, size, endpoint}`. The text is null when it is so large that it must be asked for with `all`; the
 * endpoint is where a request was sent to.
 */
export async function payload(id, which, all) {
  const answer = await ask(`/api/dashboard/tasks/${id}/${which}${all ? '?all=1' : ''}`);
  const size = Number(answer.headers.get('X-Size'));
  return { text: answer.status === 204 ? null : await answer.text(), size, endpoint: answer.headers.get('X-Endpoint') ?? '' };
}
