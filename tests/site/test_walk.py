"""
A walk through the site as its readers take it: by mouse, by keys, on a phone, in both languages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from book import search_index
from visits import GENERATED, KINDS_OF_PAGES, Visit

if TYPE_CHECKING:
    from playwright.sync_api import Page

FIRST_LOAD: Final = 400 * 1024
"""Bytes of everything that the first page asks for, not compressed."""
PHONE: Final = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
FOLDERS: Final = {"en": "", "zh": "zh/"}

Open = Callable[..., Visit]


@pytest.fixture
def open_tab(visit: Open) -> Iterator[Open]:
    """
    Give what opens a tab; at the end no tab had an error or asked another host.
    """
    opened: list[Visit] = []

    def remember(**options: Any) -> Visit:
        opened.append(visit(**options))
        return opened[-1]

    yield remember

    assert [] == [error for tab in opened for error in tab.errors]
    assert [] == [address for tab in opened for address in tab.foreign]


def at(site: str, page: Page) -> str:
    """
    Return where a tab is, below the root of the site, without the anchor.
    """
    return page.url.removeprefix(site).partition("#")[0]


def overflow(page: Page) -> int:
    """
    Return by how many pixels the page is wider than the screen.
    """
    width = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return int(width)


# --- weight -------------------------------------------------------------------------------------


@pytest.mark.parametrize("locale", FOLDERS)
def test_first_load(site: str, open_tab: Open, locale: str) -> None:
    """
    The first page and all it asks for stay within the budget; nothing of the search is among it.
    """
    page = open_tab().page
    sizes: dict[str, int] = {}
    page.on("response", lambda got: sizes.update({got.url: len(got.body())}))
    page.goto(f"{site}{FOLDERS[locale]}index.html", wait_until="networkidle")

    assert sum(sizes.values()) <= FIRST_LOAD, sizes
    assert [] == [address for address in sizes if "/search" in address]


# --- doors and languages ------------------------------------------------------------------------


@pytest.mark.parametrize("locale", FOLDERS)
def test_four_doors(site: str, open_tab: Open, locale: str) -> None:
    """
    From the front page each of the four doors opens, and shows that one is inside.
    """
    page = open_tab().page
    for door in ("tutorial", "how-to", "explanation", "reference"):
        page.goto(f"{site}{FOLDERS[locale]}index.html")
        page.locator(f".md-tabs a[href^='{door}/']").click()

        assert at(site, page).startswith(f"{FOLDERS[locale]}{door}/")
        assert 1 == page.locator(".md-tabs__item--active").count()
        assert page.locator("h1").first.is_visible()


def test_language_switch_keeps_the_page(site: str, open_tab: Open) -> None:
    """
    On a page of each kind the switch leads to the same page in the other language, and back.
    """
    page = open_tab().page
    for path in KINDS_OF_PAGES[::2]:
        page.goto(site + path, wait_until="domcontentloaded")
        page.locator(".language-link").click()
        page.wait_for_url(f"{site}zh/{path}", wait_until="domcontentloaded")

        assert "zh-Hans" == page.locator("html").get_attribute("lang")

        page.locator(".language-link").click()
        page.wait_for_url(site + path, wait_until="domcontentloaded")

        assert "en" == page.locator("html").get_attribute("lang")


@pytest.mark.parametrize("locale", FOLDERS)
def test_rule_book_is_reached_by_clicks(site: str, open_tab: Open, locale: str) -> None:
    """
    From the front page a rule, a policy, a jurisdiction and the sources are each a few clicks away.
    """
    page = open_tab().page
    for trail in (
        (f"{GENERATED}/rules.html", f"{GENERATED}/rules/complaints.deadlines.html"),
        (f"{GENERATED}/policies.html", f"{GENERATED}/policies/complaints-us-reg-e.html"),
        (f"{GENERATED}/jurisdictions.html", f"{GENERATED}/jurisdictions/us.html"),
        (f"{GENERATED}/citations.html",),
    ):
        page.goto(f"{site}{FOLDERS[locale]}index.html")
        page.locator(".md-tabs a[href^='reference/']").click()
        for target in trail:
            wanted = f"{site}{FOLDERS[locale]}{target}"
            # Several links may lead there; what counts is that one that is seen does.
            page.evaluate(
                """wanted => [...document.querySelectorAll('main a[href]')]
                  .find(a => a.href.split('#')[0] === wanted && a.offsetParent).click()""",
                wanted,
            )
            page.wait_for_url(re.compile(re.escape(wanted)))

            assert page.locator("main h1").first.is_visible()


# --- search -------------------------------------------------------------------------------------


def results(page: Page, query: str) -> list[str]:
    """
    Type a query as people do, and return where the results lead, best first.
    """
    box = page.locator(".find__input")
    box.click()
    box.fill("")
    box.press_sequentially(query)
    page.wait_for_function(
        "query => document.querySelector('.find__list').dataset.query === query", arg=query
    )
    links: list[str] = page.evaluate(
        "[...document.querySelectorAll('.find__list a')].map(a => a.href)"
    )
    return links


SEARCHES: Final = (
    ("en", "deadlines", (f"{GENERATED}/rules/complaints.deadlines.html",)),
    ("en", "deadline", (f"{GENERATED}/rules/complaints.deadlines.html",)),
    ("en", "complaints.deadlines", (f"{GENERATED}/rules/complaints.deadlines.html",)),
    ("en", "us-reg-e", (f"{GENERATED}/policies/complaints-us-reg-e.html",)),
    ("en", "dormant accounts", ("how-to/watch-dormant-accounts.html",)),
    ("en", "write case tables", ("how-to/write-case-tables.html",)),
    ("zh", "积分", ("how-to/run-points.html", "how-to/write-a-points-programme.html", "explanation/points-ledger.html")),
    ("zh", "投诉时限", ("explanation/complaint-clocks.html",)),
    ("zh", "久悬账户", ("how-to/watch-dormant-accounts.html",)),
    ("zh", "案例表", ("how-to/write-case-tables.html",)),
    ("zh", "complaints.deadlines", (f"{GENERATED}/rules/complaints.deadlines.html",)),
)  # fmt: skip
"""Language, what is typed, and which pages may come first."""


@pytest.mark.parametrize("locale", FOLDERS)
def test_search_finds_the_page_about_it(site: str, open_tab: Open, locale: str) -> None:
    """
    The page about what is looked for comes first, in the reader's language.
    """
    page = open_tab().page
    page.goto(f"{site}{FOLDERS[locale]}index.html")
    asked = [(query, wanted) for language, query, wanted in SEARCHES if language == locale]
    first = {
        query: results(page, query)[0].removeprefix(site + FOLDERS[locale]).partition("#")[0]
        for query, _ in asked
    }

    assert {} == {query: first[query] for query, wanted in asked if first[query] not in wanted}


@pytest.mark.parametrize("locale", FOLDERS)
def test_search_finds_codes(site: str, open_tab: Open, locale: str) -> None:
    """
    Codes of clocks and refusals are found whole, on pages that hold them.
    """
    page = open_tab().page
    page.goto(f"{site}{FOLDERS[locale]}index.html")
    for query in ("final_response", "approver-is-actor"):
        links = results(page, query)
        page.goto(links[0].partition("#")[0])

        # A part that is folded counts: the reader's browser finds it there, too.
        assert query in (page.locator("main").text_content() or "")


def test_search_says_when_there_is_nothing(site: str, open_tab: Open) -> None:
    """
    What stands nowhere finds nothing, and the reader is told.
    """
    page = open_tab().page
    page.goto(site + "index.html")
    page.locator(".find__input").fill("xylophonist")
    page.get_by_text("Nothing found").wait_for()

    assert 0 == page.locator(".find__list a").count()


def test_result_opens_at_its_heading(site: str, open_tab: Open) -> None:
    """
    A result that is a part of a page leads to that part.
    """
    page = open_tab().page
    page.goto(site + "index.html")
    links = results(page, "how far the law was read")

    assert f"{site}explanation/complaint-clocks.html#how-far-the-law-was-read" in links[:5]


@pytest.mark.parametrize(
    "text",
    [
        "complaints.deadlines",
        "segmentation/cn-retail-shape",
        "Reg E, final_response",
        "投诉时限 12 人",
    ],
)
def test_query_is_taken_apart_as_pages_are(site: str, open_tab: Open, text: str) -> None:
    """
    What the reader's side looks for is what the index was made of: the two are written twice.
    """
    page = open_tab().page
    page.goto(site + "index.html")
    asked = page.evaluate(
        """async text => {
          const { terms } = await import(new URL('assets/search.js', document.baseURI));
          const { codes, words, pairs } = terms(text);
          return [...codes, ...words, ...pairs];
        }""",
        text,
    )

    assert set(asked) == set(search_index.terms(text)) - {"cn-retail-shape"}


def test_forms_of_a_word_come_together(site: str, open_tab: Open) -> None:
    """
    Forms of one word have one stem, and words that only look alike have two.
    """
    page = open_tab().page
    page.goto(site + "index.html")
    together = [["deadline", "deadlines"], ["policy", "policies"], ["rounding", "rounded", "round"]]
    apart = [["case", "cash"], ["tier", "tie"], ["status", "state"], ["red", "ring"]]
    stems = page.evaluate(
        """async groups => {
          const { stem } = await import(new URL('assets/search.js', document.baseURI));
          return groups.map(words => new Set(words.map(stem)).size);
        }""",
        [*together, *apart],
    )

    assert [1] * len(together) + [2] * len(apart) == stems


# --- keys ---------------------------------------------------------------------------------------


def focused(page: Page) -> str:
    """
    Return the markup of what has the focus, to its first end of tag.
    """
    markup: str = page.evaluate("document.activeElement.outerHTML")
    return markup.partition(">")[0]


def test_skip_link_is_first(site: str, open_tab: Open) -> None:
    """
    The first key leads to the link over the menu, which is seen then; it leads to the text.
    """
    page = open_tab().page
    page.goto(site + "how-to/write-a-policy.html")
    page.keyboard.press("Tab")

    assert "md-skip" in focused(page)
    assert page.locator(".md-skip").is_visible()

    page.keyboard.press("Enter")

    assert page.url.endswith("#write-a-policy")


def test_keys_go_through_the_head_in_order(site: str, open_tab: Open) -> None:
    """
    After it come the name, the search, the colours, the language and the doors, each seen to have
    the focus.
    """
    page = open_tab().page
    page.goto(site + "how-to/write-a-policy.html")
    page.keyboard.press("Tab")
    seen = []
    for _ in range(6):
        page.keyboard.press("Tab")
        seen.append(focused(page))
        outline = page.evaluate(
            """() => { const at = document.activeElement;
              const seen = at.matches('.md-option') ? at.nextElementSibling : at;
              return getComputedStyle(seen).outlineStyle; }"""
        )
        assert "none" != outline, seen[-1]

    marks = ("home-link", "find__input", "__palette", "language-link", "md-tabs__link")
    assert [True] * 5 == [mark in markup for mark, markup in zip(marks, seen, strict=False)]


def test_search_by_keys(site: str, open_tab: Open) -> None:
    """
    The stroke opens the search, arrows choose, Escape closes, Enter opens a result.
    """
    page = open_tab().page
    page.goto(site + "index.html")
    page.keyboard.press("/")
    page.keyboard.type("deadlines")
    page.locator(".find__list a").nth(1).wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")

    assert page.evaluate("document.activeElement === document.querySelectorAll('.find__list a')[1]")

    page.keyboard.press("Escape")

    assert page.locator(".find__panel").is_hidden()
    assert "find__input" in focused(page)

    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("complaints.deadlines"))


def test_menu_by_keys(site: str, open_tab: Open) -> None:
    """
    On a small screen the menu opens by a key, keys go on inside it, and Escape closes it.
    """
    page = open_tab(viewport={"width": 360, "height": 740}).page
    page.goto(site + "how-to/write-a-policy.html")
    button = page.locator("[data-menu]")
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_function(
        "document.querySelector('.md-sidebar--primary').contains(document.activeElement)"
    )

    assert "true" == button.get_attribute("aria-expanded")

    page.keyboard.press("Escape")

    assert "false" == button.get_attribute("aria-expanded")
    assert "data-menu" in focused(page)


# --- phone, dark, paper -------------------------------------------------------------------------


@pytest.mark.parametrize("locale", FOLDERS)
def test_nothing_is_wider_than_a_phone(site: str, open_tab: Open, locale: str) -> None:
    """
    At 360 pixels no page scrolls sideways; what is wide scrolls in its own box, by keys as well.
    """
    page = open_tab(**PHONE).page
    wide: dict[str, int] = {}
    for path in KINDS_OF_PAGES:
        page.goto(f"{site}{FOLDERS[locale]}{path}")
        if overflow(page) > 0:
            wide[path] = overflow(page)
        page.wait_for_function(
            """[...document.querySelectorAll('.book-scroll')]
              .every(box => box.scrollWidth <= box.clientWidth + 1 || box.tabIndex === 0
                || box.closest('details:not([open])'))"""
        )

    assert {} == wide


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [("index.html", "reference/"), ("how-to/write-a-policy.html", "how-to/write-case-tables.html")],
)
def test_menu_opens_on_a_phone(site: str, open_tab: Open, path: str, leads_to: str) -> None:
    """
    The menu opens by a tap, and leads on: from the front page into a door, inside one to the pages
    beside it.
    """
    page = open_tab(**PHONE).page
    page.goto(site + path)
    page.locator("[data-menu]").tap()
    page.wait_for_timeout(350)
    shown = page.evaluate(
        """leads => [...document.querySelectorAll('.md-nav--primary a[href]')]
          .filter(a => a.href.includes(leads))
          .map(a => a.getBoundingClientRect())
          .find(box => box.width && box.left >= 0 && box.right <= innerWidth)?.toJSON()""",
        leads_to,
    )

    assert shown, "nothing in the menu leads there"

    page.touchscreen.tap(shown["x"] + 20, shown["y"] + shown["height"] / 2)
    page.wait_for_url(re.compile(leads_to))


def test_search_on_a_phone(site: str, open_tab: Open) -> None:
    """
    The glass opens a field as wide as the screen, and a result is a tap away.
    """
    page = open_tab(**PHONE).page
    page.goto(site + "zh/index.html")
    page.locator(".find__open").tap()
    page.keyboard.type("投诉时限")
    page.locator(".find__list a").first.tap()
    page.wait_for_url(re.compile("zh/explanation/complaint-clocks"))


def test_dark_scheme(site: str, open_tab: Open) -> None:
    """
    The site is dark where the reader's system is; the switch changes it, and is remembered.
    """
    page = open_tab(color_scheme="dark").page
    page.goto(site + "index.html")
    body = page.locator("body")
    page.wait_for_function("document.body.dataset.mdColorScheme === 'slate'")
    page.locator("form[data-md-component=palette] label:visible").click()

    assert "default" == body.get_attribute("data-md-color-scheme")

    page.goto(site + "changelog.html")

    assert "default" == body.get_attribute("data-md-color-scheme")


def test_paper(site: str, open_tab: Open) -> None:
    """
    A policy on paper is the policy: no head, menu or foot, nothing cut off, addresses of sources
    written out.
    """
    page = open_tab(viewport={"width": 680, "height": 960}, color_scheme="dark").page
    page.goto(f"{site}zh/{GENERATED}/policies/complaints-us-reg-e.html")
    page.emulate_media(media="print")

    assert page.locator("main h1").first.is_visible()
    assert [] == [
        part
        for part in (".md-header", ".md-tabs", ".md-sidebar--primary", ".md-footer", ".md-path")
        if page.locator(part).first.is_visible()
    ]
    assert overflow(page) <= 0
    assert [] == page.evaluate(
        """[...document.querySelectorAll('.book-scroll')]
          .filter(box => box.getBoundingClientRect().right > innerWidth + 1
            || box.firstElementChild.getBoundingClientRect().right > innerWidth + 1)
          .map(box => box.textContent.slice(0, 60))"""
    )
    assert "rgb(0, 0, 0)" == page.evaluate(
        "getComputedStyle(document.querySelector('main p')).color"
    )


# --- axe ----------------------------------------------------------------------------------------


AXE: Final = (
    Path(__file__).parents[2] / "docs" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
)


def findings(page: Page, path: str, rules: list[str], part: str = "body") -> list[str]:
    """
    Return what axe-core finds in a part of the page that is open, with all that is folded unfolded:
    of all its rules, or only of *rules*.
    """
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    page.add_script_tag(path=AXE)
    found: list[str] = page.evaluate(
        """async ([rules, part]) => {
          const only = rules.length ? { runOnly: rules } : {};
          const where = part === 'body' ? document : part;
          const { violations } = await axe.run(where, { resultTypes: ['violations'], ...only });
          return violations.filter(({ impact }) => ['serious', 'critical'].includes(impact))
            .map(({ id, nodes }) => `${id}: ${nodes.map(n => n.target).slice(0, 3).join(' | ')}`);
        }""",
        [rules, part],
    )
    return [f"{path}: {violation}" for violation in found]


@pytest.mark.parametrize(
    ("width", "scheme", "paths"),
    [
        (1280, "light", KINDS_OF_PAGES),
        (360, "dark", tuple(f"zh/{path}" for path in KINDS_OF_PAGES[::3])),
    ],
    ids=["wide", "phone"],
)
def test_axe_finds_nothing_serious(
    site: str, visit: Open, width: int, scheme: str, paths: tuple[str, ...]
) -> None:
    """
    On a page of each kind axe-core finds nothing serious and nothing critical: on a wide screen in
    English, on a dark phone in Chinese.
    """
    assert AXE.is_file(), "axe-core is missing: npm --prefix docs/browser ci"
    page = visit(viewport={"width": width, "height": 800}, color_scheme=scheme).page
    found = []
    for path in paths:
        page.goto(site + path)
        # Head, menu and foot are the same on every page.
        found += findings(page, path, [], "body" if path == paths[0] else "main article")

    assert [] == found


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (360, "light")])
def test_contrast_and_scrolling(site: str, visit: Open, width: int, scheme: str) -> None:
    """
    The same holds the other way round for what width and scheme may change: contrast, and whether
    what scrolls is reached by keys.
    """
    page = visit(viewport={"width": width, "height": 800}, color_scheme=scheme).page
    found = []
    for path in (*KINDS_OF_PAGES[1::4], "404.html"):
        page.goto(site + path)
        found += findings(page, path, ["color-contrast", "scrollable-region-focusable"])

    assert [] == found


def test_axe_finds_what_is_wrong(site: str, visit: Open) -> None:
    """
    Where something is wrong axe-core says so: the tests above look with open eyes.
    """
    page = visit().page
    page.goto(site + "index.html")
    page.evaluate("document.querySelector('main p').style.color = '#eee'")

    assert findings(page, "index.html", ["color-contrast"])
