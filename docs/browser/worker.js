// Runs Python apart from the page, so that the page never freezes.
//
// Messages in: {id, question}, as JSON that the driver understands. Messages out: {progress} while
// loading, {ready} once, then {id, answer} or {id, failed} for each question.
import { loadPyodide } from "./pyodide.mjs";

const HOME = "/bank";

// Pyodide fetches its parts itself; what passes by is counted here for the progress line. The
// response itself goes on untouched: of one made anew the browser keeps no compiled WebAssembly.
let read = 0;
const plainFetch = globalThis.fetch.bind(globalThis);
globalThis.fetch = async (...asked) => {
  const response = await plainFetch(...asked);
  if (response.ok && response.body) count(response.clone().body.getReader());
  return response;
};

async function count(reader) {
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    read += value.byteLength;
    postMessage({ progress: read });
  }
}

async function begin() {
  const archive = fetch("./packages.zip").then((response) => {
    if (!response.ok) throw new Error(`packages.zip: ${response.status}`);
    return response.arrayBuffer();
  });
  const python = await loadPyodide({
    indexURL: new URL("./", import.meta.url).href,
    // Nothing to be taken from elsewhere, not even by mistake.
    packageBaseUrl: new URL("./", import.meta.url).href,
  });
  python.FS.mkdir(HOME);
  python.unpackArchive(await archive, "zip", { extractDir: HOME });
  python.runPython(`import sys; sys.path.insert(0, "${HOME}")`);
  return python.pyimport("driver").ask;
}

const driver = begin().then(
  (ask) => {
    postMessage({ ready: true });
    return ask;
  },
  (error) => {
    postMessage({ broken: String(error) });
    throw error;
  },
);

onmessage = async ({ data: { id, question } }) => {
  try {
    const ask = await driver;
    postMessage({ id, answer: JSON.parse(ask(JSON.stringify(question))) });
  } catch (error) {
    // A caller's mistakes are answers; what arrives here is a fault of the page or the package.
    postMessage({ id, failed: String(error.message ?? error) });
  }
};
