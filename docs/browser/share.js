// What the reader sees, as text in the address, and back.
//
// The fragment of an address never leaves the browser. Short states stand there as plain JSON, long
// ones compressed. What comes back is data: it is checked against what the page knows, and nothing
// of it is ever run.
const LIMIT = 400_000; // characters of a state, and of a fragment: a small one may unfold to much
const PLAIN_UP_TO = 600;

export class BadLink extends Error {}

const KEYS = { rule: "string", facts: "string", policy: "text or null", beside: "text or null", edited: "text or null" };

export async function written(state) {
  const text = JSON.stringify({
    rule: state.rule,
    policy: state.policy,
    beside: state.beside,
    facts: state.facts,
    edited: state.edited,
  });
  const plain = `#j=${encodeURIComponent(text)}`;
  if (plain.length <= PLAIN_UP_TO) return plain;
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return `#z=${btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}

// Return the state of a fragment; null where there is none. `known` has the rules and policies.
export async function read(fragment, known, words) {
  if (!fragment.startsWith("#j=") && !fragment.startsWith("#z=")) return null;
  if (fragment.length > LIMIT) throw new BadLink(words.linkTooLong);
  const text = fragment.startsWith("#j=")
    ? plain(fragment.slice(3), words)
    : await unpacked(fragment.slice(3), words);
  let state;
  try {
    state = JSON.parse(text);
  } catch {
    throw new BadLink(words.linkNotText);
  }
  check(state, known, words);
  return state;
}

function plain(text, words) {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new BadLink(words.linkNotText);
  }
}

async function unpacked(text, words) {
  let parts = "";
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (sign) => sign.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    const reader = stream.pipeThrough(new TextDecoderStream("utf-8", { fatal: true })).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return parts;
      parts += value;
      if (parts.length > LIMIT) break;
    }
    await reader.cancel();
  } catch {
    throw new BadLink(words.linkNotText);
  }
  throw new BadLink(words.linkTooLong);
}

function check(state, known, words) {
  const table = state !== null && typeof state === "object" && !Array.isArray(state);
  if (!table || Object.keys(state).sort().join() !== Object.keys(KEYS).sort().join()) {
    throw new BadLink(words.linkNotOurs);
  }
  for (const [key, kind] of Object.entries(KEYS)) {
    const isText = typeof state[key] === "string";
    if (!isText && (kind === "string" || state[key] !== null)) throw new BadLink(words.linkNotOurs);
  }
  const rule = known.rules.find((each) => each.id === state.rule);
  if (!rule) throw new BadLink(words.linkNoRule(state.rule.slice(0, 60)));
  for (const [key, kind] of [["policy", rule.kind], ["beside", rule.beside]]) {
    const there = (known.policies[kind] ?? []).some((each) => each.id === state[key]);
    if (state[key] !== null && !there) throw new BadLink(words.linkNoPolicy(state[key].slice(0, 60)));
  }
}
