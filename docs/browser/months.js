// Draws the months a clock ran through. What each day is comes from the library, day by day.
import { h } from "./show.js";

export function calendarsShown(spans, words, lang) {
  if (!spans.length) return null;
  const box = h("section", { class: "try-calendar" }, h("h3", {}, words.calendar));
  const drawing = h("div", {});
  const draw = (span) => drawing.replaceChildren(...spanShown(span, words, lang));
  if (spans.length > 1) {
    const select = h(
      "select",
      { id: "try-span", onchange: () => draw(spans[select.selectedIndex]) },
      spans.map((span) => h("option", {}, `${span.title} (${span.name})`)),
    );
    box.append(h("label", { for: "try-span" }, `${words.shown} `), select);
  }
  draw(spans[0]);
  box.append(drawing);
  return box;
}

function spanShown(span, words, lang) {
  const found = [
    h("p", { lang }, span.start, " → ", h("strong", {}, span.last), span.calendar ? [" · ", h("code", {}, span.calendar)] : null),
    span.calendar ? null : h("p", {}, words.noCalendar),
    span.provisional ? h("p", { class: "try-warning" }, words.provisional) : null,
    h("div", { class: "try-months" }, span.months.map((month) => monthShown(month, span, words, lang))),
    span.left_out ? h("p", {}, words.leftOutMonths(span.left_out)) : null,
    legend(span, words),
    span.known_through ? h("p", { class: "try-help" }, words.known(span.known_through)) : null,
  ];
  return found.filter(Boolean);
}

function monthShown(month, span, words, lang) {
  const cells = (week) => h("tr", {}, week.map((day) => (day ? dayShown(day, span, words, lang) : h("td", {}))));
  return h(
    "table",
    { class: "try-month" },
    h("caption", { lang }, month.title),
    h("thead", {}, h("tr", {}, span.weekdays.map((name) => h("th", { scope: "col", lang }, name)))),
    h("tbody", {}, month.weeks.map(cells)),
  );
}

// A mark beside the number tells what the colour tells, for those who see no colour.
function dayShown(day, span, words, lang) {
  const { legend, kinds } = words;
  const marks = [
    [day.start, "start", "○", legend.start],
    [day.last, "last", "●", legend.last],
    [day.skipped, "skipped", "–", legend.skipped],
    [day.worked, "worked", "+", legend.worked],
    [day.unknown, "unknown", "?", legend.unknown],
  ].filter(([holds]) => holds);
  const classes = marks.map(([, name]) => `try-${name}`);
  if (day.kind && !day.worked) classes.push("try-closed");
  if (day.inside && !day.skipped) classes.push("try-counted");
  const why = day.name ?? (day.kind ? kinds[day.kind] ?? day.kind : "");
  const told = [day.on, why, ...marks.map(([, , , text]) => text)].filter(Boolean).join(", ");
  return h(
    "td",
    { class: classes.join(" "), title: told, lang },
    h("span", { "aria-hidden": "true" }, String(day.day), marks.length ? h("b", {}, marks.map(([, , sign]) => sign).join("")) : null),
    h("span", { class: "try-hidden" }, told),
  );
}

function legend(span, words) {
  const days = span.months.flatMap((month) => month.weeks.flat()).filter(Boolean);
  const items = [
    ["start", "○", true],
    ["last", "●", true],
    ["counted", "", days.some((day) => day.inside && !day.skipped)],
    ["skipped", "–", days.some((day) => day.skipped)],
    ["closed", "", days.some((day) => day.kind && !day.worked && !day.skipped)],
    ["worked", "+", days.some((day) => day.worked)],
    ["unknown", "?", days.some((day) => day.unknown)],
  ].filter(([, , there]) => there);
  return h(
    "ul",
    { class: "try-legend" },
    items.map(([name, sign]) => h("li", {}, h("span", { class: `try-sample try-${name}`, "aria-hidden": "true" }, sign), ` ${words.legend[name]}`)),
  );
}
