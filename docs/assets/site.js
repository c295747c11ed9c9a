// What every page needs beyond the theme: the menu by keys, tables that can be scrolled by keys, and
// the search, whose code and index are read when somebody turns to it and not before.

const wide = (box) => box.scrollWidth > box.clientWidth + 1;

// What is wider than the page scrolls in its box; then the box can be reached by keys, too.
const watch = new ResizeObserver((seen) => {
  for (const { target } of seen) {
    if (wide(target)) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
for (const box of document.querySelectorAll(".book-scroll, .math, .md-typeset pre > code")) {
  watch.observe(box);
}

// The drawer is a checkbox of the theme; here it gets a real button.
const drawer = document.getElementById("__drawer");
const menu = document.querySelector("[data-menu]");
if (drawer && menu) {
  const panel = document.querySelector(".md-sidebar--primary");
  const tell = () => menu.setAttribute("aria-expanded", String(drawer.checked));
  menu.addEventListener("click", () => {
    drawer.checked = !drawer.checked;
    drawer.dispatchEvent(new Event("change"));
    // Keys go on where the menu is.
    if (drawer.checked) setTimeout(() => panel?.querySelector("a[href]")?.focus(), 300);
  });
  drawer.addEventListener("change", tell);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && drawer.checked) {
      drawer.checked = false;
      drawer.dispatchEvent(new Event("change"));
      menu.focus();
    }
  });
}

const find = document.querySelector("[data-find]");
if (find) {
  const input = find.querySelector("input");
  let begun;
  const begin = () => (begun ??= import("./search.js").then(({ start }) => start(find)));
  input.addEventListener("focus", begin, { once: true });
  const open = find.querySelector(".find__open");
  open.addEventListener("click", () => {
    find.classList.add("find--open");
    open.setAttribute("aria-expanded", "true");
    input.focus();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      if (getComputedStyle(open).display === "none") input.focus();
      else open.click();
    }
  });
}
