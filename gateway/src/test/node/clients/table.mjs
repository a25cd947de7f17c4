// Runs the same calls with each client of npm, and prints what became of them as one JSON object:
// {client: {version, calls: {call: "ok" or what went wrong}, failures: {failure: {status, requests, tasks, tasksWithKey}}}}
// BASE_URL, OTHER_URL: two gateways, with /v1. The first request of a call goes to the first gateway, its retry to the other, and so on.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const BASE = process.env.BASE_URL;
const OTHER = process.env.OTHER_URL;
const TIMES_FASTER = 20;

// The pauses between retries take up to two minutes. Each client makes them with this function. Time limits of requests are longer.
const realSetTimeout = globalThis.setTimeout;
globalThis.setTimeout = Object.assign(
  (run, ms, ...rest) => realSetTimeout(run, ms >= 100 && ms <= 100_000 ? ms / TIMES_FASTER : ms, ...rest), realSetTimeout);

const { z } = await import('zod');
const ARGUMENTS = z.object({ a: z.number(), b: z.number() });
const TOOL = { type: 'function', function: { name: 'add', description: 'Adds.', parameters: z.toJSONSchema(ARGUMENTS) } };
const add = ({ a, b }) => String(a + b);
const user = (content) => [{ role: 'user', content }];

// ---- the clients: each makes its calls by way of wire.fetch, with wire.headers ------------------------------------------

async function openai(name) {
  const { default: OpenAI } = await import(name);
  return (wire) => {
    const client = new OpenAI({ baseURL: BASE, apiKey: 'any', fetch: wire.fetch, defaultHeaders: wire.headers });
    const complete = (body) => client.chat.completions.create(body);
    return {
      chat: async (model, content) => (await complete({ model, messages: user(content) })).choices[0].message.content,
      stream: async (model, content) => {
        const pieces = [];
        for await (const chunk of await complete({ model, messages: user(content), stream: true })) {
          pieces.push(chunk.choices[0].delta.content ?? '');
        }
        return pieces;
      },
      tools: async (model, content) => {
        const messages = user(content);
        const { message } = (await complete({ model, messages, tools: [TOOL] })).choices[0];
        const [call] = message.tool_calls;
        messages.push(message, { role: 'tool', tool_call_id: call.id, content: add(JSON.parse(call.function.arguments)) });
        return (await complete({ model, messages, tools: [TOOL] })).choices[0].message.content;
      },
      responses: async (model, content) => (await client.responses.create({ model, input: content })).output_text,
      embeddings: async (model, content) => (await client.embeddings.create({ model, input: content })).data[0].embedding,
      models: async () => (await client.models.list()).data.map((model) => model.id),
    };
  };
}

async function aiSdk() {
  const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
  const { embed, generateText, isStepCount, streamText, tool } = await import('ai');
  return (wire) => {
    const provider = createOpenAICompatible({ name: 'gateway', baseURL: BASE, apiKey: 'any', ...wire });
    return {
      chat: async (model, prompt) => (await generateText({ model: provider(model), prompt })).text,
      stream: async (model, prompt) => {
        const pieces = [];
        const { textStream } = streamText({ model: provider(model), prompt });
        for await (const piece of textStream) pieces.push(piece);
        return pieces;
      },
      tools: async (model, prompt) => (await generateText({
        model: provider(model),
        prompt,
        tools: { add: tool({ description: 'Adds.', inputSchema: ARGUMENTS, execute: add }) },
        stopWhen: isStepCount(2),
      })).text,
      embeddings: async (model, value) => (await embed({ model: provider.embeddingModel(model), value })).embedding,
    };
  };
}

async function langChain() {
  const { ChatOpenAI, OpenAIEmbeddings } = await import('@langchain/openai');
  const { HumanMessage, ToolMessage } = await import('@langchain/core/messages');
  return (wire) => {
    const settings = (model) => ({
      model, apiKey: 'any', configuration: { baseURL: BASE, fetch: wire.fetch, defaultHeaders: wire.headers },
    });
    return {
      chat: async (model, content) => (await new ChatOpenAI(settings(model)).invoke(content)).text,
      stream: async (model, content) => {
        const pieces = [];
        for await (const piece of await new ChatOpenAI(settings(model)).stream(content)) pieces.push(piece.text);
        return pieces;
      },
      tools: async (model, content) => {
        const chat = new ChatOpenAI(settings(model)).bindTools([TOOL]);
        const messages = [new HumanMessage(content)];
        const asked = await chat.invoke(messages);
        const [call] = asked.tool_calls;
        messages.push(asked, new ToolMessage({ content: add(call.args), tool_call_id: call.id }));
        return (await chat.invoke(messages)).text;
      },
      responses: async (model, content) =>
        (await new ChatOpenAI({ ...settings(model), useResponsesApi: true }).invoke(content)).text,
      embeddings: async (model, content) => new OpenAIEmbeddings(settings(model)).embedQuery(content),
    };
  };
}

async function agents() {
  const { Agent, OpenAIProvider, Runner, tool } = await import('@openai/agents');
  const { default: OpenAI } = await import('openai');
  return (wire) => {
    const openAIClient = new OpenAI({ baseURL: BASE, apiKey: 'any', fetch: wire.fetch, defaultHeaders: wire.headers });
    const runner = (useResponses) =>
      new Runner({ modelProvider: new OpenAIProvider({ openAIClient, useResponses }), tracingDisabled: true });
    const agent = (model, tools = []) => new Agent({ name: 'agent', model, tools });
    return {
      chat: async (model, content) => (await runner(false).run(agent(model), content)).finalOutput,
      stream: async (model, content) => {
        const pieces = [];
        const result = await runner(false).run(agent(model), content, { stream: true });
        for await (const piece of result.toTextStream()) pieces.push(piece);
        await result.completed;
        return pieces;
      },
      tools: async (model, content) => (await runner(false).run(agent(model, [
        tool({ name: 'add', description: 'Adds.', parameters: ARGUMENTS, execute: async (given) => add(given) }),
      ]), content)).finalOutput,
      responses: async (model, content) => (await runner(true).run(agent(model), content)).finalOutput,
    };
  };
}

// A program without an SDK: `send` makes one request and returns its status and text.
function plain(send) {
  const json = async (...request) => {
    const { status, text } = await send(...request);
    const value = JSON.parse(text);
    if (status !== 200) throw Object.assign(new Error(value.error.message), { status });
    return value;
  };
  return {
    chat: async (model, content) =>
      (await json('/chat/completions', { model, messages: user(content) })).choices[0].message.content,
    stream: async (model, content) =>
      (await send('/chat/completions', { model, messages: user(content), stream: true })).text.split('\n')
        .filter((line) => line.startsWith('data: {'))
        .map((line) => JSON.parse(line.slice(6)).choices[0].delta.content ?? ''),
    tools: async (model, content) => {
      const messages = user(content);
      const { message } = (await json('/chat/completions', { model, messages, tools: [TOOL] })).choices[0];
      const [call] = message.tool_calls;
      messages.push(message, { role: 'tool', tool_call_id: call.id, content: add(JSON.parse(call.function.arguments)) });
      return (await json('/chat/completions', { model, messages, tools: [TOOL] })).choices[0].message.content;
    },
    responses: async (model, input) => (await json('/responses', { model, input })).output[0].content[0].text,
    embeddings: async (model, input) => (await json('/embeddings', { model, input })).data[0].embedding,
    models: async () => (await json('/models')).data.map((model) => model.id),
  };
}

const plainFetch = (wire) => plain(async (path, body) => {
  const answer = await wire.fetch(BASE + path, body
    ? { method: 'POST', headers: { 'Content-Type': 'application/json', ...wire.headers }, body: JSON.stringify(body) } : {});
  return { status: answer.status, text: await answer.text() };
});

const curl = (wire) => plain(async (path, body) => {
  const headers = Object.entries({ 'Content-Type': 'application/json', ...wire.headers }).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const { stdout } = await promisify(execFile)('curl',
    ['-sSi', ...(body ? [...headers, '-d', JSON.stringify(body)] : []), BASE + path]);
  const [head, text] = stdout.split(/\r\n\r\n([^]*)/);
  const id = /^x-task-id: *(\S+)/im.exec(head);
  wire.sent(Number(head.split(' ')[1]), id && id[1]);
  return { status: Number(head.split(' ')[1]), text };
});

// ---- what is asked of them ------------------------------------------------------------------------------------------------

const CALLS = {
  chat: [(client, name) => client.chat('gpu', `hello of ${name}`), (text, name) => text === `echo: hello of ${name}`],
  stream: [(client) => client.stream('gpu', 'words one two'), (pieces) => pieces.filter(Boolean).join('|') === 'one |two '],
  tools: [(client, name) => client.tools('gpu', `tool of ${name}`), (text) => text === 'the tool said 42'],
  responses: [(client, name) => client.responses('gpu', `hello of ${name}`), (text, name) => text === `echo: hello of ${name}`],
  embeddings: [(client) => client.embeddings('gpu', 'words'), (numbers) => numbers.join() === '0.5,0.25'],
  models: [(client) => client.models(), (ids) => ids.join() === 'gpu'],
};

const FAILURES = {
  400: { model: 'm'.repeat(300) },
  404: { model: 'nobody-serves-this' },
  429: { content: 'status 429' },
  500: { content: 'fail' },
  502: { content: 'lost' },
  503: { model: 'any@nobody' },
  504: { content: 'slow', headers: { 'X-Task-Timeout': '300' } },
  cancelled: { content: 'cancel' },
  'lost answer': { content: 'hello', losesTheFirst: true },
};

function wire(headers = {}, losesTheFirst = false) {
  const seen = { requests: 0, tasks: new Set() };
  const sent = (status, id) => {
    seen.requests += 1;
    seen.status = status;
    if (id) seen.tasks.add(id);
  };
  const viaBoth = async (url, init) => {
    const answer = await fetch(seen.requests % 2 ? String(url).replace(BASE, OTHER) : url, init);
    sent(answer.status, answer.headers.get('x-task-id'));
    if (losesTheFirst && seen.requests === 1) {
      await answer.body.cancel();
      // What Node's fetch throws for a connection that breaks.
      throw new TypeError('fetch failed', { cause: Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' }) });
    }
    return answer;
  };
  return { seen, sent, headers, fetch: viaBoth };
}

const one = (text) => String(text).replaceAll('\n', ' ').replaceAll('|', '/').slice(0, 120);

async function outcome(make, name, [call, right]) {
  try {
    const gave = await call(make(wire()), name);
    return right(gave, name) ? 'ok' : `gave ${one(JSON.stringify(gave))}`;
  } catch (error) {
    return one(`${error.constructor.name}: ${error.message}`);
  }
}

async function attempts(make, name, failure, headers) {
  const { model = 'gpu', content = 'hello', losesTheFirst } = failure;
  const used = wire({ ...failure.headers, ...headers }, losesTheFirst);
  let status = 'ok';
  try {
    await make(used).chat(model, `${content} of ${name} ${headers['Idempotency-Key'] ?? ''}`);
  } catch (error) {
    const last = error.lastError ?? error;
    status = last.status ?? last.statusCode ?? one(`${last.constructor.name}: ${last.message}`);
  }
  return { status, answered: used.seen.status, requests: used.seen.requests, tasks: used.seen.tasks.size };
}

async function table(name, version, make) {
  const calls = {};
  const offers = make(wire());
  for (const call of Object.keys(CALLS)) {
    calls[call] = offers[call] ? await outcome(make, name, CALLS[call]) : 'none';
  }
  const failures = {};
  for (const [failure, how] of Object.entries(FAILURES)) {
    // Neither sends anything again.
    if (how.losesTheFirst && (make === curl || make === plainFetch)) continue;
    failures[failure] = {
      plain: await attempts(make, name, how, {}),
      keyed: await attempts(make, name, how, { 'Idempotency-Key': `${name} ${failure}`.replaceAll(/[^\w]/g, '-') }),
    };
  }
  return [name, { version, calls, failures }];
}

const version = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
const run = [];
run.push(
  table('openai 7', version('openai'), await openai('openai')),
  table('openai 6', version('openai-6'), await openai('openai-6')),
  table('openai 5', version('openai-5'), await openai('openai-5')),
  table('AI SDK', version('ai'), await aiSdk()),
  table('LangChain', version('@langchain/openai'), await langChain()),
  table('Agents SDK', version('@openai/agents'), await agents()),
  table('fetch', '', plainFetch),
  table('curl', '', curl),
);
console.log(JSON.stringify(Object.fromEntries(await Promise.all(run))));
