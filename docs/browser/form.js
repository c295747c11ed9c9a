// The form of a rule's facts: a control for each, from what the catalogue says of its type.
//
// The form writes JSON text and reads what the driver made of such text. It parses no number: digits
// typed are digits sent.
import { h, withCode } from "./show.js";

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?$/;

export function buildForm({ rule, declared, trees, words, locale, given, onChange }) {
  const asked = rule.fields.map((field) =>
    field.name === "customer" && declared.length ? nested(field, declared, locale) : field,
  );
  const controls = asked.map((field) => makeControl(field, { trees, words, locale, onChange }));
  // What must be stated, and what the example states, stands first; the rest waits folded.
  const first = controls.filter(({ field }) => field.needed || field.name in given || field.parts);
  const rest = controls.filter((control) => !first.includes(control));
  const element = h("div", { class: "try-form" }, first.map((control) => control.element));
  if (rest.length) {
    const fold = h("details", { class: "try-more" });
    fold.append(
      h("summary", {}, words.moreFacts(rest.length)),
      h("div", { class: "try-form" }, rest.map((control) => control.element)),
    );
    element.append(fold);
  }
  return {
    element,
    fill(fields) {
      for (const control of controls) control.fill(fields[control.field.name]);
    },
    text() {
      const lines = controls
        .map((control) => [control.field.name, control.json()])
        .filter(([, json]) => json !== null)
        .map(([name, json]) => `  ${JSON.stringify(name)}: ${json}`);
      return lines.length ? `{\n${lines.join(",\n")}\n}` : "{}";
    },
  };
}

// Facts that a policy declares are written below `customer`.
function nested(field, declared, locale) {
  const kinds = {
    boolean: { control: "choice", choices: [true, false] },
    date: { control: "date" },
    integer: { control: "text", number: true },
    number: { control: "text", number: true },
  };
  const parts = declared.map((fact) => ({
    name: fact.name,
    needed: false,
    unknown: true,
    default: "",
    hint: { en: "", zh: "" },
    meaning: fact.title ?? { en: "", zh: "" },
    tree: fact.tree,
    ...(kinds[fact.type] ?? { control: "text" }),
  }));
  return { ...field, parts };
}

function makeControl(field, context) {
  if (field.parts) return makeGroup(field, context);
  const makers = { choice: makeChoice, date: makeLine, text: makeLine, list: makeArea, json: makeArea };
  const control = makers[field.control](field, context);
  return { field, ...labelled(field, control, context) };
}

function makeGroup(field, context) {
  const controls = field.parts.map((part) => makeControl(part, context));
  let others = {}; // what stands there beyond the declared facts is kept
  return {
    field,
    element: h(
      "fieldset",
      { class: "try-group" },
      h("legend", {}, h("code", {}, field.name)),
      controls.map((control) => control.element),
    ),
    fill(held) {
      const table = held ? JSON.parse(held.json) : {};
      for (const control of controls) {
        const value = table[control.field.name];
        control.fill(value === undefined ? undefined : shownAs(value));
        delete table[control.field.name];
      }
      others = table;
    },
    json() {
      const lines = controls
        .map((control) => [control.field.name, control.json()])
        .filter(([, json]) => json !== null)
        .concat(Object.entries(others).map(([name, value]) => [name, JSON.stringify(value)]));
      const inner = lines.map(([name, json]) => `${JSON.stringify(name)}: ${json}`).join(", ");
      return lines.length ? `{${inner}}` : null;
    },
  };
}

const shownAs = (value) =>
  typeof value === "string" ? { text: value } : { json: JSON.stringify(value) };

let counter = 0;

// Put label, meaning and the mark for what is not known around a control.
function labelled(field, control, { words, locale, onChange }) {
  const id = `try-fact-${(counter += 1)}`;
  control.input.id = id;
  control.input.setAttribute("aria-describedby", `${id}-help`);
  control.input.addEventListener("input", onChange);
  const help = [field.meaning[locale], field.hint[locale]].filter(Boolean).join(" · ");
  const element = h(
    "div",
    { class: "try-field" },
    h("label", { for: id }, h("code", {}, field.name), field.needed ? h("span", { class: "try-needed" }, ` ${words.needed}`) : null),
    control.input,
    control.beside ?? null,
    h("p", { class: "try-help", id: `${id}-help` }, withCode(help)),
  );
  if (!field.unknown || field.control === "choice") return { element, ...control };
  const mark = h("input", { type: "checkbox", id: `${id}-unknown` });
  const follow = () => (control.input.disabled = mark.checked);
  mark.addEventListener("change", () => (follow(), onChange()));
  control.input.after(
    h("label", { class: "try-unknown", for: mark.id }, mark, ` ${words.unknown}`),
  );
  return {
    element,
    fill(held) {
      mark.checked = held?.text === "unknown";
      follow();
      control.fill(mark.checked ? undefined : held);
    },
    json: () => (mark.checked ? '"unknown"' : control.json()),
  };
}

function makeChoice(field, { words }) {
  const texts = new Map(field.choices.map((value) => [JSON.stringify(value), value]));
  if (field.unknown) texts.set('"unknown"', words.unknown);
  const told = (value) => (value === true ? words.yes : value === false ? words.no : String(value) || "–");
  const leave = field.default ? words.byDefault(field.default) : words.leftOut;
  const input = h(
    "select",
    {},
    h("option", { value: "" }, leave),
    [...texts].map(([json, value]) => h("option", { value: json }, told(value))),
  );
  return {
    input,
    fill: (held) => (input.value = held ? (held.json ?? JSON.stringify(held.text)) : ""),
    json: () => input.value || null,
  };
}

function makeLine(field, { trees, locale, words }) {
  const input = h("input", { type: field.control === "date" ? "date" : "text", autocomplete: "off" });
  if (field.control === "date") input.setAttribute("max", "2200-12-31");
  else {
    input.setAttribute("spellcheck", "false");
    if (field.default) input.setAttribute("placeholder", words.byDefault(field.default));
  }
  const codes = field.tree ? trees[field.tree] : null;
  let beside = null;
  if (codes) {
    beside = h("datalist", { id: `try-codes-${(counter += 1)}` }, codes.map(([code, en, zh]) => h("option", { value: code }, locale === "zh" ? zh : en)));
    input.setAttribute("list", beside.id);
  }
  return {
    input,
    beside,
    fill: (held) => (input.value = held ? (held.text ?? held.json) : ""),
    json: () => (input.value.trim() ? scalar(input.value.trim(), field.number) : null),
  };
}

const scalar = (text, number) => (number && NUMBER.test(text) ? text : JSON.stringify(text));

function makeArea(field, { words }) {
  const input = h("textarea", { rows: "2", spellcheck: "false" });
  const isList = field.control === "list";
  if (isList) input.setAttribute("placeholder", words.onePerLine);
  const fit = () => (input.rows = Math.min(12, Math.max(2, Math.ceil(input.value.length / 60), input.value.split("\n").length)));
  input.addEventListener("input", fit);
  return {
    input,
    fill(held) {
      input.value = held ? (isList ? lines(held) : (held.json ?? held.text)) : "";
      fit();
    },
    json() {
      const text = input.value.trim();
      if (!text) return null;
      if (!isList) return isJson(text) ? text : JSON.stringify(text);
      if (text.startsWith("[") && isJson(text)) return text;
      const items = text.split("\n").map((line) => line.trim()).filter(Boolean);
      return `[${items.map((item) => scalar(item, field.number)).join(", ")}]`;
    },
  };
}

// Show a list one item on each line, unless its items have parts.
function lines(held) {
  if (held.text !== undefined) return held.text;
  const items = JSON.parse(held.json);
  const plain = Array.isArray(items) && items.every((item) => typeof item === "string");
  return plain ? items.join("\n") : held.json;
}

function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
