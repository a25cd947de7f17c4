// The stream of an OpenAI-compatible server: its events, and what they add up to.

// The data of each server-sent event.
export async function* events(response) {
  let rest = '';
  let data = [];
  for await (const part of response) {
    const lines = (rest + part).split(/\r?\n/);
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith('data:')) data.push(line.slice(5).trim());
      if (line !== '' || data.length === 0) continue;
      yield data.join('\n');
      data = [];
    }
  }
}

// What the chunks of a stream add up to: for chat and completions the object the endpoint gives without a stream, for
// responses the one its last event brings, for anything else the last chunk.
export class Assembly {
  ended = false;
  #last = {};
  #usage;
  #choices = [];

  add(chunk) {
    if (chunk.response) this.#last = chunk.response;
    else if (this.#last.choices === undefined) this.#last = chunk;
    if (chunk.type === 'response.completed' || chunk.type === 'response.incomplete') this.ended = true;
    this.#usage = chunk.usage ?? this.#usage;
    for (const { index = 0, delta, ...rest } of chunk.choices ?? []) {
      const choice = (this.#choices[index] ??= { index });
      if (delta) merge((choice.message ??= { role: 'assistant', content: null }), delta);
      merge(choice, rest);
    }
  }

  result() {
    if (this.#last.choices === undefined) return this.#last;
    const choices = this.#choices.filter(Boolean);
    for (const { message } of choices) message?.tool_calls?.forEach((call) => delete call.index);
    const object = this.#last.object === 'chat.completion.chunk' ? 'chat.completion' : this.#last.object;
    return { ...this.#last, object, choices, ...(this.#usage && { usage: this.#usage }) };
  }
}

const WHOLE = new Set(['role', 'id', 'type', 'name']); // texts that come in one piece; later ones may be empty, or repeat it

// Texts go on where they were, lists of numbered things by their number, other lists at their end.
function merge(into, from) {
  for (const [name, value] of Object.entries(from)) {
    const old = into[name];
    if (value === null) into[name] ??= null;
    else if (typeof old === 'string' && WHOLE.has(name)) into[name] = old || value;
    else if (name === 'finish_reason') into[name] = value || old;
    else if (typeof old === 'string' && typeof value === 'string') into[name] = old + value;
    else if (Array.isArray(value)) {
      const list = (into[name] ??= []);
      for (const item of value) {
        const same = item?.index === undefined ? undefined : list.findLast((other) => other.index === item.index);
        if (same && !isAnotherCall(same, item)) merge(same, item);
        else list.push(item);
      }
    } else if (typeof value === 'object' && old) merge(old, value);
    else into[name] = value;
  }
}

// Some servers give all tool calls the same number, and others each delta of a call an id of its own. Only the first delta of a
// call names its function.
function isAnotherCall(call, delta) {
  return Boolean(call.id && delta.id && call.id !== delta.id && delta.function?.name);
}
