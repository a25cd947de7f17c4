// Reads and replaces a member of a JSON text and leaves the rest as it was written: parsed and written again, 1.0 would be 1 and
// a long number another one.

// Where the value of this member of a JSON object stands, [from, to); null when there is none. The text is valid JSON.
function find(json, name) {
  let depth = 0;
  let from = -1; // of the value that is being read, -1: between values
  let member;
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case '"': {
        const start = at;
        for (at++; json[at] !== '"'; at++) if (json[at] === '\\') at++;
        if (depth === 1 && from < 0) member = JSON.parse(json.slice(start, at + 1));
        break;
      }
      case ':':
        if (depth === 1) for (from = at + 1; json[from] <= ' '; from++);
        break;
      case '{':
      case '[':
        depth++;
        break;
      case ',':
      case '}':
      case ']':
        if (depth === 1) {
          if (from >= 0 && member === name) return [from, at];
          from = -1;
        }
        if (json[at] !== ',') depth--;
        break;
    }
  }
  return null;
}

export function member(json, name) {
  return json.slice(...find(json, name));
}

export function withMember(json, name, value) {
  const [from, to] = find(json, name);
  return json.slice(0, from) + JSON.stringify(value) + json.slice(to);
}
