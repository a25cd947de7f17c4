// The official SDK against a gateway, as its users write it; prints what each call gave as one JSON object.
// BASE_URL: where the gateway is, with /v1.
import OpenAI from 'openai';

const client = new OpenAI({ baseURL: process.env.BASE_URL, apiKey: 'any' });
const gave = {};

async function note(name, call) {
  try {
    gave[name] = await call();
  } catch (error) {
    const { status, code, type, param, requestID, message } = error;
    gave[name] = { thrown: error.constructor.name, status, code, type, param, requestID, message };
  }
}

const chat = (content, more = {}) =>
  client.chat.completions.create({ model: 'gpu', messages: [{ role: 'user', content }], ...more });

await note('chat', () => chat('hello'));
await note('suffix', () => chat('by suffix', { model: 'llama@gpu' }));
await note('completion', () => client.completions.create({ model: 'gpu', prompt: 'once upon' }));
await note('embedding', () => client.embeddings.create({ model: 'gpu', input: 'words' }));
await note('image', () => client.images.generate({ model: 'gpu', prompt: 'a cat' }));
await note('response', () => client.responses.create({ model: 'gpu', input: 'say' }));
await note('output_text', async () => (await client.responses.create({ model: 'gpu', input: 'text' })).output_text);
await note('background', async () => {
  const seen = [];
  let response = await client.responses.create({ model: 'gpu', input: 'later', background: true });
  seen.push(response.status);
  while (response.status === 'queued' || response.status === 'in_progress') {
    await new Promise((resolve) => setTimeout(resolve, 20));
    response = await client.responses.retrieve(response.id);
  }
  return { first: seen[0], last: response.status, text: response.output_text };
});
await note('background failed', async () => {
  let response = await client.responses.create({ model: 'gpu', input: 'fail', background: true });
  while (response.status === 'queued' || response.status === 'in_progress') {
    await new Promise((resolve) => setTimeout(resolve, 20));
    response = await client.responses.retrieve(response.id);
  }
  return { last: response.status, error: response.error };
});
await note('models', async () => (await client.models.list()).data.map((model) => model.id));
await note('model', () => client.models.retrieve('gpu'));
await note('no model', () => client.models.retrieve('org/none'));
await note('worker error', () => chat('fail'));
await note('worker lost', () => chat('lost'));
await note('timeout', () => chat('slow', { timeout: 5000 }));
await note('impatient', () =>
  client.chat.completions.create(
    { model: 'gpu', messages: [{ role: 'user', content: 'impatient' }], timeout: 5000 },
    { timeout: 2000 },
  ),
);
await note('bad request', () => chat('x', { messages: 'none' }));
await note('no response', () => client.responses.retrieve('resp_none'));
await note('no path', () => client.files.list());
await note('no worker', () => new OpenAI({ baseURL: process.env.BASE_URL, apiKey: 'any', maxRetries: 0 })
  .chat.completions.create({ model: 'x', messages: [{ role: 'user', content: 'nobody' }], group: 'nobody' }));

// Its first answer is lost on the way; the SDK's own retry meets another gateway.
const attempts = [];
const losesTheFirst = async (url, init) => {
  const answer = await fetch(attempts.length ? url.replace(process.env.BASE_URL, process.env.OTHER_URL) : url, init);
  attempts.push([new Headers(init.headers).get('x-stainless-retry-count'), answer.headers.get('x-task-id')]);
  if (attempts.length === 1) throw new TypeError('the connection broke');
  return answer;
};
await note('repeated', async () => ({
  answer: await new OpenAI({ baseURL: process.env.BASE_URL, apiKey: 'any', fetch: losesTheFirst })
    .chat.completions.create({ model: 'gpu', messages: [{ role: 'user', content: 'repeated' }] }),
  attempts,
}));

// What came before it threw is told too.
async function listed(stream) {
  const events = [];
  try {
    for await (const event of await stream) events.push(event);
  } catch (error) {
    return { events, thrown: error.constructor.name, code: error.code, message: error.message };
  }
  return { events };
}
await note('stream', () => listed(chat('words one two three', { stream: true })));
await note('stream of a plain worker', () => listed(chat('streamed', { stream: true })));
await note('stream of a whole object', () => listed(chat('{"id":"own","object":"chat.completion","created":1,"model":"m",'
  + '"choices":[{"index":0,"message":{"role":"assistant","content":"all"},"finish_reason":"length"}],"usage":{"total_tokens":3}}',
  { stream: true })));
await note('stream helper', () => client.chat.completions.stream({ model: 'gpu', messages: [{ role: 'user', content: 'words a b' }] })
  .finalChatCompletion());
await note('objects', () => listed(chat('objects', { stream: true })));
await note('stream fails', () => listed(chat('words then fail', { stream: true })));
await note('stream lost', () => listed(chat('words then lost', { stream: true })));
await note('stream of completions', () => listed(client.completions.create({ model: 'gpu', prompt: 'words x y', stream: true })));
await note('stream of a response', () => listed(client.responses.create({ model: 'gpu', input: 'words \u00e9 z', stream: true })));
await note('response helper', () => client.responses.stream({ model: 'gpu', input: 'words p q' }).finalResponse());
await note('response fails', () => listed(client.responses.create({ model: 'gpu', input: 'words then fail', stream: true })));
await note('background stream', () => client.responses.create({ model: 'gpu', input: 'x', background: true, stream: true }));

console.log(JSON.stringify(gave));
