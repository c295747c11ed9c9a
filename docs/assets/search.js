// The search: a query in, pages out, best first. The index is made by docs/book/search_index.py, which
// tells how it is laid out; `terms` here takes a query apart as `terms` there takes a page apart.

const CODE = /[a-z0-9]+(?:[._/-][a-z0-9]+)+/g;
const WORD = /[a-z][a-z0-9]*|[0-9]{1,4}/g;
const HAN = /[\u3400-\u9fff]+/g;
const MOST_SHOWN = 30;

export function terms(query) {
  const plain = query.normalize("NFKC").toLowerCase();
  const codes = [...plain.matchAll(CODE)].map((found) => found[0]);
  const words = [...plain.matchAll(WORD)].map((found) => found[0]);
  const pairs = [...plain.matchAll(HAN)].flatMap(([run]) =>
    run.length === 1 ? [run] : [...run.slice(1)].map((last, at) => run[at] + last));
  return { codes, words, pairs, plain: plain.trim() };
}

// Endings off, so that deadline finds deadlines, and rounding finds rounded. It only has to bring
// forms of one word together; what it leaves need not be a word.
export function stem(word) {
  let left = word;
  if (left.length > 4 && left.endsWith("ies")) left = left.slice(0, -3) + "y";
  else if (left.length > 3 && /[^su]s$/.test(left)) left = left.slice(0, -1);
  const cut = left.replace(/(ing|ed)$/, "");
  if (cut !== left && cut.length > 2 && /[aeiouy]/.test(cut)) {
    left = cut.replace(/([bdgmnprt])\1$/, "$1");
  }
  return left.length > 4 ? left.replace(/e$/, "") : left;
}

const shardOf = (term) => (term < "\u0080" ? term[0] : `h${term.codePointAt(0) % 32}`);

class Index {
  constructor(folder) {
    this.folder = folder;
    this.shards = new Map();
    this.list = this.read("pages");
  }

  async read(name) {
    const answer = await fetch(new URL(`${name}.json`, this.folder));
    if (!answer.ok) throw new Error(`${name}.json: ${answer.status}`);
    return answer.json();
  }

  async shard(term) {
    const name = shardOf(term);
    const { shards } = await this.list;
    if (!shards.includes(name)) return {};
    if (!this.shards.has(name)) this.shards.set(name, this.read(name));
    return this.shards.get(name);
  }

  // Postings of whatever stands for a term: itself, other forms of it, and, while it is being typed,
  // what begins with it.
  async postings(term, { forms, begun }) {
    const held = await this.shard(term);
    const found = new Map();
    const add = (name, share) => {
      let at = 0;
      const list = held[name];
      for (let place = 0; place < list.length; place += 2) {
        at += list[place];
        found.set(at, Math.max(found.get(at) ?? 0, list[place + 1] * share));
      }
    };
    if (Object.hasOwn(held, term)) add(term, 1);
    const root = forms ? stem(term) : "";
    for (const name of Object.keys(held)) {
      if (name === term) continue;
      if (forms && stem(name) === root) add(name, 0.9);
      else if (begun && name.startsWith(term)) add(name, 0.5);
    }
    return found;
  }

  // Pages that answer a query: [page, section, score], best first.
  async search(query) {
    const { codes, words, pairs, plain } = terms(query);
    const { pages, sections } = await this.list;
    const typed = !/\s$/.test(query);
    const wanted = [
      ...codes.map((term) => [term, 3, { forms: false, begun: typed }]),
      ...words.map((term, place) => [
        term,
        codes.some((code) => code.includes(term)) ? 0.4 : 1,
        { forms: true, begun: typed && place === words.length - 1 && term.length > 1 },
      ]),
      ...pairs.map((term) => [term, 1, { forms: false, begun: term.length === 1 }]),
    ];
    if (!wanted.length) return [];
    const answers = await Promise.all(wanted.map(([term, , how]) => this.postings(term, how)));

    // Each term counts once for a page, by the section that says it loudest; the section that says
    // most of the query is the one shown, and counts again: words that stand together belong
    // together.
    const scores = new Map();
    answers.forEach((found, number) => {
      const rare = Math.log(1 + sections.length / (1 + found.size)) * wanted[number][1];
      for (const [at, weight] of found) {
        const page = sections[at][0];
        if (!scores.has(page)) scores.set(page, { terms: new Map(), parts: new Map() });
        const score = scores.get(page);
        const worth = rare * weight;
        score.terms.set(number, Math.max(score.terms.get(number) ?? 0, worth));
        score.parts.set(at, (score.parts.get(at) ?? 0) + worth);
      }
    });
    const needed = wanted.reduce((sum, [, share]) => sum + share, 0);
    const joined = plain.replace(/\s+/g, " ");
    return [...scores]
      .map(([page, { terms: said, parts }]) => {
        const met = [...said.keys()].reduce((sum, number) => sum + wanted[number][1], 0) / needed;
        const [section, best] = [...parts].reduce((a, b) => (b[1] > a[1] ? b : a));
        const title = pages[page][1].toLowerCase();
        const exact = title === joined ? 3 : title.includes(joined) ? 1.6 : 1;
        const all = [...said.values()].reduce((sum, worth) => sum + worth, 0);
        return [page, section, (all + best) * met * met * exact];
      })
      .sort((a, b) => b[2] - a[2] || a[0] - b[0])
      .slice(0, MOST_SHOWN);
  }
}

export function start(box) {
  const input = box.querySelector("input");
  const panel = box.querySelector(".find__panel");
  const said = box.querySelector(".find__said");
  const list = box.querySelector(".find__list");
  const open = box.querySelector(".find__open");
  const root = new URL(box.dataset.root, document.baseURI);
  let index = new Index(new URL(box.dataset.find, root));
  let asked = 0;
  let closing = false;

  const close = () => {
    panel.hidden = true;
    box.classList.remove("find--open");
    open.setAttribute("aria-expanded", "false");
  };

  const show = (query, results, { pages, sections }) => {
    list.dataset.query = query;
    said.textContent = results.length === 0 ? box.dataset.none
      : results.length === 1 ? box.dataset.one
      : box.dataset.some.replace("#", results.length);
    list.replaceChildren(...results.map(([page, section]) => {
      const [address, title, trail, lead] = pages[page];
      const [, anchor, heading] = sections[section];
      const link = document.createElement("a");
      link.href = new URL(heading ? `${address}#${anchor}` : address, root);
      for (const [name, text] of [["title", title], ["heading", heading || lead], ["trail", trail]]) {
        if (!text) continue;
        const part = document.createElement("span");
        part.className = `find__${name}`;
        part.textContent = text;
        link.append(part);
      }
      const item = document.createElement("li");
      item.append(link);
      return item;
    }));
  };

  const answer = async () => {
    const turn = ++asked;
    if (!input.value.trim()) {
      panel.hidden = true;
      return;
    }
    const query = input.value;
    panel.hidden = false;
    if (!list.children.length) said.textContent = box.dataset.wait;
    try {
      const results = await index.search(query);
      const held = await index.list;
      // An answer to letters typed before the last one is no answer.
      if (turn === asked) show(query, results, held);
    } catch (error) {
      // The next letter asks again: a broken connection may be mended by then.
      index = new Index(new URL(box.dataset.find, root));
      said.textContent = box.dataset.failed;
      list.replaceChildren();
      console.warn(error);
    }
  };

  input.addEventListener("input", answer);
  box.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    await answer();
    list.querySelector("a")?.click();
  });
  box.addEventListener("keydown", (event) => {
    const links = [...list.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    if (event.key === "Escape") {
      close();
      // The field shows its results when it gets the focus, but for now.
      closing = true;
      (getComputedStyle(open).display === "none" ? input : open).focus();
      closing = false;
    } else if (event.key === "ArrowDown" && links.length) {
      event.preventDefault();
      links[Math.min(at + 1, links.length - 1)].focus();
    } else if (event.key === "ArrowUp" && at >= 0) {
      event.preventDefault();
      (at === 0 ? input : links[at - 1]).focus();
    }
  });
  box.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !box.contains(event.relatedTarget)) close();
  });
  document.addEventListener("pointerdown", (event) => {
    if (!box.contains(event.target)) close();
  });
  input.addEventListener("focus", () => {
    if (!closing && input.value.trim() && list.children.length) panel.hidden = false;
  });
  if (input.value.trim()) answer();
}
