// Commands that a reader can paste into a shell. Pure.

/** A word for a POSIX shell. */
export function quote(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** `{"model": ...}` of a stored task with the members that are not part of its payload. */
export function body(request, more) {
  const open = request.slice(0, request.lastIndexOf('}')).trimEnd();
  const added = Object.entries(more).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  return `${open}${open.endsWith('{') ? '' : ','}${added.join(',')}}`;
}

/** Submits this body. */
export function submit(origin, json, asksKey, endpoint = '/api/openai') {
  const key = asksKey ? ` -H "Authorization: Bearer $API_KEY"` : '';
  return `curl -s ${origin}${endpoint} -H 'Content-Type: application/json'${key} -d ${quote(json)}`;
}

/** Asks for a task. */
export function look(origin, id, asksKey) {
  const key = asksKey ? ` -H "Authorization: Bearer $API_KEY"` : '';
  return `curl -s ${origin}/api/task/${id}${key}`;
}

/** Connects the example worker. */
export function worker(origin, group, asksKey) {
  const url = `${origin.replace(/^http/, 'ws')}/ws`;
  const key = asksKey ? 'WORKER_KEY=... ' : '';
  return `cd examples && npm install --no-package-lock && ${key}node worker-node.js ${url}${group === 'default' ? '' : ` ${group}`}`;
}
