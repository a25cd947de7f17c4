// Submits an asynchronous task and polls until it has ended: Node 18 or newer, nothing to install.
//   node client-poll.mjs [http://localhost:3000] ['{"task":"long_running_job"}'] [group]
const [gateway = 'http://localhost:3000', data = '{"task":"long_running_job"}', group = 'default'] = process.argv.slice(2);

const key = process.env.API_KEY ? { Authorization: `Bearer ${process.env.API_KEY}` } : {};

const submitted = await fetch(`${gateway}/api/openai`, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json', ...key },
  signal: AbortSignal.timeout(30000),
  body: `{"data": ${data}, "group": ${JSON.stringify(group)}, "async": true}`,
});
const accepted = await submitted.json();
if (!submitted.ok) {
  console.error(`not accepted (${submitted.status}): ${accepted.error}`);
  process.exit(1);
}
console.log(`task ${accepted.taskId}`);

let answered = Date.now();
for (let pause = 100; ; pause = Math.min(2000, pause * 1.5)) {
  const task = await look(accepted.taskId);
  if (task?.status === 'completed') {
    console.log(JSON.stringify(task.result));
    break;
  }
  if (task?.status === 'failed' || task?.gone) {
    console.error(`failed: ${task.error}`);
    process.exit(1);
  }
  if (task) answered = Date.now();
  if (Date.now() - answered > 120000) {
    console.error('no gateway answered for two minutes');
    process.exit(1);
  }
  await new Promise((resolve) => setTimeout(resolve, pause));
}

// The task, or null when no gateway could tell just now: it restarts, or Redis does; the task is safe.
async function look(id) {
  try {
    const response = await fetch(`${gateway}/api/task/${id}`, { headers: key, signal: AbortSignal.timeout(10000) });
    const body = await response.json();
    if (response.status === 404) return { gone: true, error: body.error };
    return response.ok ? body : null;
  } catch {
    return null;
  }
}
