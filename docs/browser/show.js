// Draws what the library answered. Everything is set as text, never as markup: facts are data.

// Make an element; properties are attributes, but for those that begin with `on`.
export function h(tag, properties, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return made;
}

// Return text as nodes, with what stands between backticks as code.
export function withCode(text) {
  return text.split("`").map((part, index) => (index % 2 ? h("code", {}, part) : part));
}

// One answer: the decision with its reasons, or what was wrong.
export function answerShown(answer, title, context) {
  const { words } = context;
  const box = h("section", { class: "try-answer" }, title ? h("h3", {}, title) : null);
  if (answer.faults) box.append(faultsShown(answer, words));
  else if (answer.error) box.append(h("p", { class: "try-fault" }, answer.error));
  else box.append(...decisionShown(answer, context));
  return box;
}

export function faultsShown(answer, words) {
  const told = (fault) =>
    h(
      "li",
      {},
      h("code", {}, fault.path || words.here),
      `: ${words.got} ${fault.got}; ${words.wanted} ${fault.wanted}`,
      fault.near.length ? `; ${words.near} ${fault.near.join(", ")}?` : null,
    );
  return h(
    "div",
    { class: "try-fault" },
    h("p", {}, `${words.faults} (${answer.faults.length})`),
    h("ul", {}, answer.faults.map(told)),
  );
}

function decisionShown(answer, { words, rule, locale, links, lang }) {
  const marks = { true: "✓", false: "✗", null: "?" };
  const check = ({ held, text }) =>
    h(
      "li",
      { class: `try-check try-check-${held}` },
      h("span", { "aria-hidden": "true" }, `${marks[held]} `),
      h("span", { class: "try-hidden", lang: locale }, `${words.held[held]}: `),
      text,
    );
  return [
    h("p", { class: "try-headline", lang }, answer.headline),
    scrollable(words.outcome, nodeShown(answer.outcome, { meanings: rule.outcome, locale, lang })),
    answer.checks.length
      ? h("details", { open: true }, h("summary", {}, words.why), h("ul", { class: "try-checks", lang }, answer.checks.map(check)))
      : null,
    answer.sources.length
      ? h("details", { open: true }, h("summary", {}, words.sources), h("ul", { lang }, answer.sources.map((source) => h("li", {}, source.text, links(source)))))
      : null,
    h("details", {}, h("summary", {}, words.json), h("pre", { class: "try-json", tabindex: "0" }, h("code", {}, answer.json))),
  ].filter(Boolean);
}

// A table that is wider than the screen scrolls by itself, with the keyboard too.
export function scrollable(label, ...children) {
  return h("div", { class: "try-scroll", tabindex: "0", role: "region", "aria-label": label }, children);
}

// Parts with names, two columns: what has parts itself goes below its name, over the whole width.
function nodeShown(node, context) {
  if (node.parts) {
    const { meanings, locale } = context;
    const row = ([name, part]) => {
      const code = h("code", { title: (meanings[name]?.[locale] ?? "").replaceAll("`", "") || null }, name);
      if (!part.parts && !part.items) return h("tr", {}, h("th", { scope: "row" }, code), h("td", {}, nodeShown(part, context)));
      return h("tr", {}, h("td", { colspan: "2", class: "try-below" }, h("p", {}, code), nodeShown(part, context)));
    };
    return h("table", { class: "try-table" }, h("tbody", {}, node.parts.map(row)));
  }
  if (node.items) return h("ol", {}, node.items.map((item) => h("li", {}, nodeShown(item, context))));
  if (node.url && /^https?:/.test(node.url)) return h("a", { href: node.url }, node.text);
  return h("span", { lang: context.lang }, node.text);
}

export function changesShown(changes, words) {
  const table = (title, rows) => [
    h("h4", {}, title),
    rows.length
      ? scrollable(
          title,
          h(
            "table",
            { class: "try-table" },
            h("thead", {}, h("tr", {}, [words.path, words.before, words.after].map((name) => h("th", { scope: "col" }, name)))),
            h("tbody", {}, rows.map((row) => h("tr", {}, h("th", { scope: "row" }, h("code", {}, row.path)), h("td", {}, row.before || words.nothing), h("td", {}, row.after || words.nothing)))),
          ),
        )
      : h("p", {}, words.same),
  ];
  return h("div", { class: "try-changes" }, h("h3", {}, words.changes), table(words.outcome, changes.outcome), table(words.parameters, changes.parameters));
}
