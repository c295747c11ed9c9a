// The try-it page: what the reader types goes to the library, what it answers is drawn.
//
// Nothing is loaded before the reader asks for it, but for a shared address: who opens one asked.
import { buildForm } from "./form.js";
import { calendarsShown } from "./months.js";
import { BadLink, read, written } from "./share.js";
import { answerShown, changesShown, faultsShown, h, withCode } from "./show.js";
import { WORDS } from "./words.js";

const HERE = new URL("./", import.meta.url);
const SITE = new URL("../", HERE);
const PAUSE = 250; // milliseconds after the last key before the library is asked
const LANGUAGES = { en: "en", zh: "zh_CN" };
const LABELS = { "complaints.regime": "regime", "loyalty.programme": "programme", "worktime.calendar": "calendarPolicy" };

const locale = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
const words = WORDS[locale];
const home = document.getElementById("try-it");
const pages = new URL(locale === "zh" ? "zh/" : "", SITE);

const status = h("p", { class: "try-status", role: "status" });
const bar = h("progress", { hidden: true, "aria-label": words.starting });
const say = (text) => status.replaceChildren(...withCode(text));
const size = (bytes) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

document.head.append(h("link", { rel: "stylesheet", href: new URL("style.css", HERE).href }));
const { run } = await fetch(new URL("manifest.json", HERE)).then((found) => found.json());
home.replaceChildren(status, bar);
if (!run) say(words.noRuntime);
else if (typeof WebAssembly === "undefined" || typeof Worker === "undefined") say(words.noWorker);
else if (/^#[jz]=/.test(location.hash)) start();
else {
  const button = h("button", { class: "md-button md-button--primary", type: "button", onclick: () => (button.remove(), start()) }, words.start);
  status.before(button);
  say(words.startHint(size(run.bytes)));
}

// --- the library, in a worker -------------------------------------------------------------------

let ask; // question → promise of the answer

async function start() {
  const begun = performance.now();
  bar.hidden = false;
  bar.max = run.bytes;
  try {
    const known = await fetch(new URL("catalogue.json", HERE)).then((found) => found.json());
    ask = await library();
    // Whoever would rather ask from the browser's console may: `document.getElementById("try-it").ask`.
    home.ask = ask;
    say(words.opening);
    const opened = await openPage(known);
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    bar.hidden = true;
    say(`${opened} ${words.ready(seconds)}`.trim());
    home.dataset.state = "ready";
    home.dataset.seconds = seconds;
    // Afterwards, for it would slow the start down; the browser's own cache still has the bytes.
    if (await keep()) await keepLoaded();
  } catch (error) {
    bar.hidden = true;
    home.dataset.state = "broken";
    say(words.broken(error.message ?? error));
    throw error;
  }
}

function library() {
  const worker = new Worker(new URL(`${run.folder}/worker.js`, HERE), { type: "module" });
  const waiting = new Map();
  let last = 0;
  const asked = (question) =>
    new Promise((resolve, reject) => {
      waiting.set((last += 1), { resolve, reject });
      worker.postMessage({ id: last, question });
    });
  return new Promise((resolve, reject) => {
    worker.onerror = (event) => reject(new Error(event.message || "worker.js"));
    worker.onmessage = ({ data }) => {
      if (data.progress) {
        bar.value = data.progress;
        say(data.progress < run.bytes * 0.98 ? words.loading(size(data.progress), size(run.bytes)) : words.starting);
      } else if (data.ready) resolve(asked);
      else if (data.broken) reject(new Error(data.broken));
      else {
        const { resolve: answered, reject: failed } = waiting.get(data.id);
        waiting.delete(data.id);
        if (data.failed) failed(new Error(data.failed));
        else answered(data.answer);
      }
    };
  });
}

// --- without a network --------------------------------------------------------------------------

// A service worker for the two pages and this folder only. Where there can be none (an insecure
// address, a private window), the page works as long as there is a network.
async function keep() {
  if (!navigator.serviceWorker) return false;
  const script = new URL("try-it-keeper.js", SITE);
  try {
    const scopes = [new URL("try-it", SITE), new URL("zh/try-it", SITE)];
    await Promise.all(scopes.map((scope) => navigator.serviceWorker.register(script, { scope: scope.pathname })));
    const mine = await navigator.serviceWorker.getRegistration(location.pathname);
    await active(mine);
    return true;
  } catch {
    return false;
  }
}

function active(registration) {
  const worker = registration.active ?? registration.waiting ?? registration.installing;
  if (worker.state === "activated") return null;
  return new Promise((resolve) => worker.addEventListener("statechange", () => worker.state === "activated" && resolve()));
}

// What was loaded before the worker was there is named to it, and the page in either language.
async function keepLoaded() {
  const { active: worker } = await navigator.serviceWorker.getRegistration(location.pathname);
  const runtime = Object.keys(run.files).map((name) => new URL(`${run.folder}/${name}`, HERE).href);
  const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
  const both = ["try-it.html", "zh/try-it.html"].map((name) => new URL(name, SITE).href);
  const all = [...both, ...loaded, ...runtime].filter((address) => address.startsWith(SITE.href));
  const channel = new MessageChannel();
  const done = new Promise((resolve) => (channel.port1.onmessage = ({ data }) => resolve(data)));
  worker.postMessage({ keep: [...new Set(all)] }, [channel.port2]);
  if (!(await done)) return;
  home.dataset.kept = "yes";
  say(`${status.textContent} ${words.kept}`);
}

// --- the page -----------------------------------------------------------------------------------

async function openPage(known) {
  const state = { rule: "", policy: null, beside: null, facts: "{}", edited: null };
  let language = LANGUAGES[locale];
  let form = null;
  let shippedText = ""; // of the policy that is chosen
  let latest = 0;
  let timer = 0;

  const ruleNow = () => known.rules.find((rule) => rule.id === state.rule);
  // Whatever shows is of what was typed before, until the answer is drawn.
  const stale = () => (home.dataset.state = "deciding");
  const later = () => (stale(), clearTimeout(timer), (timer = setTimeout(decide, PAUSE)));

  // Controls at the top.
  const choose = (label, id, ...more) => {
    const select = h("select", { id }, ...more);
    return { select, element: h("div", { class: "try-field" }, h("label", { for: id }, label), select) };
  };
  const good = known.examples.filter((example) => example.good);
  const example = choose(words.example, "try-example", good.map((each) => h("option", { value: each.name }, each.title[locale])), h("option", { value: "" }, words.ownExample));
  const rules = choose(words.rule, "try-rule", Object.entries(known.domains).map(([domain, title]) => h("optgroup", { label: title[locale] }, known.rules.filter((rule) => rule.id.startsWith(`${domain}.`)).map((rule) => h("option", { value: rule.id }, `${rule.id} – ${rule.title[locale].replaceAll("`", "")}`)))));
  const policy = choose(words.policy, "try-policy");
  const beside = choose(words.beside, "try-beside");
  const reasons = choose(words.language, "try-language", h("option", { value: "en" }, "English"), h("option", { value: "zh_CN" }, "简体中文"));
  const about = h("p", { class: "try-about" });

  const formBox = h("div", {});
  const raw = h("textarea", { id: "try-raw", rows: "6", spellcheck: "false" });
  const live = h("p", { class: "try-live", role: "status" });
  const answers = h("div", { class: "try-answers" });
  const changed = h("div", {});
  const calendar = h("div", {});
  const editor = h("textarea", { id: "try-editor", rows: "24", spellcheck: "false", wrap: "off", "aria-describedby": "try-editor-faults" });
  const numbers = h("pre", { class: "try-numbers", "aria-hidden": "true" });
  const editorFaults = h("div", { id: "try-editor-faults", "aria-live": "polite" });
  const reset = h("button", { type: "button", class: "md-button" }, words.reset);
  const editFold = h("details", { class: "try-edit" });
  const copy = h("button", { type: "button", class: "md-button" }, words.copy);
  const running = h("details", {}, h("summary", {}, words.versions));
  const address = h("input", { type: "text", readonly: true, "aria-label": words.share });

  editFold.append(
    h("summary", {}, words.edit),
    h("p", { class: "try-help" }, words.editHint),
    h("label", { for: "try-editor" }, words.editLabel),
    h("div", { class: "try-editor" }, numbers, editor),
    editorFaults,
    reset,
  );
  home.append(
    h("div", { class: "try-choices" }, example.element, rules.element, policy.element, beside.element, reasons.element),
    about,
    h("h2", { id: "try-facts" }, words.facts),
    formBox,
    h("details", {}, h("summary", {}, words.asText), h("label", { class: "try-hidden", for: "try-raw" }, words.asText), raw),
    editFold,
    h("h2", { id: "try-decision" }, words.decision),
    live,
    changed,
    answers,
    calendar,
    h("h2", { id: "try-share" }, words.share),
    h("p", { class: "try-help" }, words.shareHint),
    h("div", { class: "try-share" }, address, copy),
    running,
  );

  // What the reader does.
  example.select.addEventListener("change", () => {
    const found = good.find((each) => each.name === example.select.value);
    if (found) open(found);
  });
  rules.select.addEventListener("change", () => open(known.examples.find((each) => !each.good && each.rule === rules.select.value) ?? known.examples.find((each) => each.rule === rules.select.value)));
  policy.select.addEventListener("change", () => {
    state.policy = policy.select.value || null;
    if (state.policy) state.edited = null;
    own();
    stale();
    layOut().then(decide);
  });
  beside.select.addEventListener("change", () => ((state.beside = beside.select.value || null), own(), decide()));
  reasons.select.addEventListener("change", () => ((language = reasons.select.value), decide()));
  raw.addEventListener("input", () => {
    state.facts = raw.value;
    own();
    later();
    fillForm();
  });
  editor.addEventListener("input", () => {
    state.edited = editor.value === shippedText ? null : editor.value;
    own();
    numberLines();
    later();
  });
  editor.addEventListener("scroll", () => (numbers.scrollTop = editor.scrollTop));
  reset.addEventListener("click", () => {
    state.edited = null;
    own();
    showEditor();
    decide();
    editor.focus();
  });
  copy.addEventListener("click", async () => {
    address.select();
    try {
      await navigator.clipboard.writeText(address.value);
      copy.textContent = words.copied;
    } catch {
      // Where the clipboard is closed to the page, the address stands selected, to be copied by hand.
    }
  });
  addEventListener("hashchange", () => restore().then((told) => told === null || say(told)));

  running.addEventListener("toggle", tellVersions, { once: true });

  // What follows from it.
  async function tellVersions() {
    const versions = await ask({ ask: "versions" });
    const pyodide = h("a", { href: "https://github.com/pyodide/pyodide" }, `pyodide ${run.pyodide} (MPL-2.0)`);
    const others = Object.entries(versions).map(([name, number]) => h("li", {}, `${name} ${number}`));
    running.append(h("ul", {}, h("li", {}, pyodide), others));
  }

  function own() {
    example.select.value = "";
    copy.textContent = words.copy;
  }

  async function open(found) {
    stale();
    Object.assign(state, { rule: found.rule, policy: found.policy, beside: found.beside, facts: found.facts, edited: found.edited });
    example.select.value = found.good ? found.name : "";
    rules.select.value = state.rule;
    copy.textContent = words.copy;
    editFold.open = state.edited !== null;
    fillPolicies();
    await layOut();
    await decide();
  }

  function fillPolicies() {
    const rule = ruleNow();
    const option = (each) => h("option", { value: each.id }, `${each.id} – ${each.title[locale]}`);
    policy.element.hidden = !rule.kind;
    policy.element.querySelector("label").textContent = words[LABELS[rule.kind] ?? "policy"];
    const held = known.policies[rule.kind] ?? [];
    policy.select.replaceChildren(...(state.policy === null ? [h("option", { value: "" }, words.ownPolicy)] : []), ...held.map(option));
    policy.select.value = state.policy ?? "";
    const others = known.policies[rule.beside] ?? [];
    beside.element.hidden = !others.length;
    beside.select.replaceChildren(h("option", { value: "" }, words.none), ...others.map(option));
    beside.select.value = state.beside ?? "";
    editFold.hidden = !rule.kind;
  }

  // Draw the form anew: its fields follow from the rule and from what the policy declares.
  async function layOut() {
    const rule = ruleNow();
    let declared = [];
    shippedText = "";
    if (state.policy) {
      const held = await ask({ ask: "policy", rule: rule.id, policy: state.policy });
      declared = held.declared;
      shippedText = held.text;
    }
    const { fields } = await ask({ ask: "facts", facts: state.facts });
    form = buildForm({
      rule,
      declared,
      trees: known.trees,
      words,
      locale,
      given: fields ?? {},
      onChange: () => {
        state.facts = form.text();
        raw.value = state.facts;
        own();
        later();
      },
    });
    formBox.replaceChildren(form.element);
    form.fill(fields ?? {});
    raw.value = state.facts;
    const link = (text, path) => h("a", { href: new URL(path, pages).href }, text);
    about.replaceChildren(...withCode(rule.title[locale]), " ", link(words.rulePage, `r/${rule.id}.html`), ...(state.policy ? [" · ", link(words.policyPage, policyPath(state.policy))] : []));
    showEditor();
  }

  async function fillForm() {
    const asked = state.facts;
    const { fields } = await ask({ ask: "facts", facts: asked });
    if (fields && asked === state.facts) form.fill(fields);
  }

  function showEditor() {
    editor.value = state.edited ?? shippedText;
    reset.hidden = !shippedText;
    numberLines();
  }

  function numberLines() {
    const count = editor.value.split("\n").length;
    numbers.textContent = Array.from({ length: count }, (_, index) => index + 1).join("\n");
    numbers.scrollTop = editor.scrollTop;
  }

  async function decide() {
    clearTimeout(timer);
    const turn = (latest += 1);
    stale();
    const share = await written(state);
    if (turn !== latest) return;
    history.replaceState(history.state, "", share);
    address.value = location.href;
    let found;
    try {
      found = await ask({ ask: "decide", ...state, locale: language });
    } catch (error) {
      if (turn !== latest) return;
      answers.replaceChildren(h("p", { class: "try-fault" }, words.bug), h("pre", {}, error.message));
      home.dataset.state = "ready";
      return;
    }
    // The reader may have typed on meanwhile; only the last answer is drawn.
    if (turn === latest) draw(found);
  }

  function draw({ original, edited, changes }) {
    const lang = language === "zh_CN" ? "zh" : "en";
    const context = { words, rule: ruleNow(), locale, lang, links };
    const alone = edited && !state.policy && ruleNow().kind;
    const boxes = alone ? [answerShown(edited, words.edited, context)] : [answerShown(original, edited ? words.shipped : null, context)];
    if (edited && !alone) boxes.push(answerShown(edited, words.edited, context));
    answers.replaceChildren(...boxes);
    answers.classList.toggle("try-both", boxes.length > 1);
    changed.replaceChildren(...(changes ? [changesShown(changes, words)] : []));
    const told = edited?.calendars ? edited : original;
    calendar.replaceChildren(...[calendarsShown(told.calendars ?? [], words, lang)].filter(Boolean));
    editorFaults.replaceChildren(...faultsOfText(edited));
    live.lang = lang;
    live.textContent = told.headline ?? original.error ?? `${words.faults}: ${original.faults?.length ?? 0}`;
    home.dataset.state = "ready";
  }

  function faultsOfText(edited) {
    if (!edited) return [];
    if (edited.error) return [h("p", { class: "try-fault" }, edited.error)];
    return [edited.faults ? faultsShown(edited, words) : h("p", {}, words.sound)];
  }

  // Open what the address holds; return what went wrong, "" for nothing, null where it holds nothing.
  async function restore() {
    try {
      const found = (await read(location.hash, known, words)) ?? exampleOf(location.hash);
      if (found) await open(found);
      return found ? "" : null;
    } catch (error) {
      if (!(error instanceof BadLink)) throw error;
      return words.badLink(error.message);
    }
  }

  // A page of the book links to a rule's example as `try-it.html#rule=complaints.deadlines`.
  function exampleOf(fragment) {
    if (!fragment.startsWith("#rule=")) return null;
    const id = fragment.slice("#rule=".length);
    const found = known.examples.find((each) => each.rule === id);
    if (!found) throw new BadLink(words.linkNoRule(id.slice(0, 60)));
    return found;
  }

  reasons.select.value = language;
  const message = await restore();
  if (message !== "") await open(good[0]);
  return message ?? "";
}

const policyPath = (id) => `p/${id.replaceAll("/", "-")}.html`;

// Where the numbers stand in the rule book, and where they come from.
function links(source) {
  const found = [];
  if (source.page) found.push(h("a", { href: new URL(source.page, SITE).href }, words.policyPage));
  if (source.url && /^https?:/.test(source.url)) found.push(h("a", { href: source.url, rel: "noopener" }, words.sourceText));
  return found.flatMap((link) => [" · ", link]);
}
