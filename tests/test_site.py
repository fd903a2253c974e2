"""The website: built as `make site` does, then walked, page by page, in a real browser."""

from __future__ import annotations

import functools
import http.server
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag

import pytest
from markdown import markdown
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

import website.__main__ as site
from graders.course import Course
from graders.errors import CourseError
from release.build import solutions_of
from release.leaks import find_leaks
from website import notebooks
from website.pages import Pages, pages

from .browser import chromium, log, needs_browser, resize
from .conftest import HOUSE

pytestmark = pytest.mark.proof

LEAST_WORDS = 4  # of a figure's alternative text
TEXTS = sorted(
    path.relative_to(HOUSE).as_posix()
    for pattern in ("assignments/*/*.md", "docs/*.md")
    for path in HOUSE.glob(pattern)
)
SCRIPTS = sorted(p.relative_to(HOUSE).as_posix() for p in HOUSE.glob("assignments/*/notebook.py"))
PAGES = [
    "index.html",
    *(p.replace("README.md", "index.md").removesuffix(".md") + ".html" for p in TEXTS),
    *(p.removesuffix(".py") + ".html" for p in SCRIPTS),
]

# what a page holds, as its reader gets it
FACTS = """
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const article = document.querySelector('article');
const words = article.cloneNode(true);
all('code, pre, math', words).forEach(element => element.remove());
return {
    title: document.title,
    text: article.textContent,
    prose: words.textContent,
    links: all('a[href], link[href]').map(e => e.href),
    ids: all('[id]').map(e => e.id),
    images: all('article img').map(e => [e.getAttribute('src'), e.alt, e.naturalWidth]),
    formulas: all('article math').map(e => e.getBoundingClientRect().height),
    errors: all('merror').length,
    outputs: all('article .output').length,
    answers: all('article details').map(e => e.open),
};
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The website, in a folder."""
    out = tmp_path_factory.mktemp("site") / "out"
    done = subprocess.run(
        [sys.executable, "-m", "website", "--out", out],
        cwd=HOUSE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "No issues found" in done.stdout
    assert "Warning" not in done.stdout
    return out


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """Where the website is served."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture(scope="module")
def walked(browser: webdriver.Chrome, address: str) -> dict[str, Any]:
    """Each page -> what it holds, logged and loaded, and how wide it is on a phone."""
    found = {}
    for page in PAGES:
        log(browser, "performance")
        resize(browser, 1280)
        browser.get(address + page)
        facts = browser.execute_script(FACTS)
        resize(browser, 360)
        facts["wide"] = browser.execute_script("return document.documentElement.scrollWidth")
        facts["log"] = [entry["message"] for entry in log(browser, "browser")]
        events = [json.loads(e["message"])["message"] for e in log(browser, "performance")]
        sent = [e["params"] for e in events if e["method"] == "Network.requestWillBeSent"]
        # the browser's first, empty page makes some too
        ours = [r for r in sent if r["documentURL"].startswith(address)]
        facts["requests"] = [r["request"]["url"] for r in ours]
        found[page] = facts
    return found


def test_each_text_and_notebook_is_a_page(folder: Path) -> None:
    made = {path.relative_to(folder).as_posix() for path in folder.rglob("*.html")}
    assert made == {*PAGES, "404.html"}


@needs_browser
@pytest.mark.parametrize("page", PAGES)
def test_a_page_loads_whole_and_from_nowhere_else(
    page: str, walked: dict[str, Any], address: str
) -> None:
    facts = walked[page]
    assert facts["title"]
    assert facts["log"] == []
    assert address + page in facts["requests"]
    assert [url for url in facts["requests"] if not url.startswith((address, "data:"))] == []
    for source, words, width in facts["images"]:
        assert width > 0, f"{source} is not shown"
        assert len(words.split()) >= LEAST_WORDS, f"{source} says little to those who do not see it"
    assert facts["wide"] <= 360, "wider than a phone"


@needs_browser
@pytest.mark.parametrize("page", PAGES)
def test_links_and_anchors_lead_somewhere(
    page: str, walked: dict[str, Any], address: str, folder: Path
) -> None:
    for link in walked[page]["links"]:
        if link.startswith(address):
            target, anchor = urldefrag(link.removeprefix(address))
            target = target if target and not target.endswith("/") else f"{target}index.html"
            assert (folder / unquote(target)).is_file(), f"{page} links to {link}"
            if anchor:
                assert unquote(anchor) in walked[target]["ids"], f"{page} links to {link}"


@needs_browser
@pytest.mark.parametrize("text", TEXTS)
def test_formulas_are_shown_as_formulas(text: str, walked: dict[str, Any]) -> None:
    facts = walked[text.replace("README.md", "index.md").removesuffix(".md") + ".html"]
    source = re.sub(r"```.*?```|`[^`]*`", "", (HOUSE / text).read_text("utf-8"), flags=re.DOTALL)
    assert len(facts["formulas"]) == len(re.findall(r"\$\$.+?\$\$|\$[^$]+\$", source, re.DOTALL))
    assert [height for height in facts["formulas"] if not height > 5] == []
    assert facts["errors"] == 0
    assert "$" not in facts["prose"]
    assert "\\" not in facts["prose"]


@needs_browser
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_notebook_has_its_outputs_and_plots(script: str, walked: dict[str, Any]) -> None:
    facts = walked[script.removesuffix(".py") + ".html"]
    assert facts["outputs"] >= 1
    source = (HOUSE / script).read_text(encoding="utf-8")
    assert bool(facts["images"]) == ("plt." in source or "plot" in source)


@needs_browser
def test_no_solution_stands_on_a_page(course: Course, walked: dict[str, Any]) -> None:
    texts = {
        page.replace(".html", ".txt"): facts["text"].encode()
        for page, facts in walked.items()
        if not page.startswith("docs/authors")  # its example is of another course
    }
    assert find_leaks(solutions_of(course, course.modules), texts) == []


@needs_browser
def test_answers_are_folded_until_they_are_asked_for(
    browser: webdriver.Chrome, address: str, walked: dict[str, Any]
) -> None:
    resize(browser, 1280)
    for page in PAGES:
        if page.endswith("theory.html"):
            assert walked[page]["answers"] == [False] * 5
    browser.get(address + "assignments/01_attention/theory.html")
    answer = browser.find_element(By.CSS_SELECTOR, "article details")
    words = answer.find_element(By.TAG_NAME, "p")
    assert not words.is_displayed()
    answer.find_element(By.TAG_NAME, "summary").click()
    assert words.is_displayed()
    assert words.text.startswith("The weights are equal.")


@needs_browser
def test_search_finds_a_word_and_leads_to_it(browser: webdriver.Chrome, address: str) -> None:
    resize(browser, 1280)
    browser.get(address + "index.html")
    wait = WebDriverWait(browser, 20)
    find = "return [...document.querySelectorAll('*')].filter(e => e.shadowRoot).flatMap("
    find += "e => [...e.shadowRoot.querySelectorAll('SELECTOR')])"
    boxes, links = (find.replace("SELECTOR", selector) for selector in ("input", "a[href]"))
    browser.find_element(By.CSS_SELECTOR, "button.md-search__button").click()
    box = wait.until(lambda b: b.execute_script(boxes))[0]
    box.send_keys("nucleus")
    first = wait.until(lambda b: b.execute_script(links))[0]
    assert "nucleus" in first.text.lower()
    first.click()
    wait.until(lambda b: "/assignments/" in b.current_url or "/docs/" in b.current_url)
    assert "nucleus" in browser.find_element(By.TAG_NAME, "article").text.lower()


@needs_browser
def test_the_dark_is_that_of_the_machine_until_the_reader_chooses(
    browser: webdriver.Chrome, address: str
) -> None:
    def dark() -> bool:
        colour = browser.find_element(By.TAG_NAME, "body").value_of_css_property("background-color")
        return sum(map(int, re.findall(r"\d+", colour)[:3])) < 3 * 128

    seen = []
    for scheme in ("light", "dark"):
        resize(browser, 1280, scheme)
        browser.get(address + "index.html")
        seen.append(dark())
    for _ in range(2):
        switch = "[data-md-component=palette] label:not([hidden])"
        browser.find_element(By.CSS_SELECTOR, switch).click()
        seen.append(dark())
    assert seen == [False, True, False, True]
    browser.execute_script("localStorage.clear()")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "1. a\n\n   <details><summary>A</summary>\n\n   *b*\n\n   </details>",
            "<p><em>b</em></p>",
        ),
        ("1. a\n\n       code <b>", "<code>code &lt;b&gt;\n</code>"),
        (
            "`&lt;` and &amp; and `a & b`",
            "<code>&amp;lt;</code> and &amp; and <code>a &amp; b</code>",
        ),
        ("# A [b](c.md)", '<h1>A <a href="c.md">b</a></h1>'),
        ("$a < b$", "<mi>a</mi><mo>&lt;</mo><mi>b</mi>"),
        ("costs $5 or $6 at most", "<p>costs $5 or $6 at most</p>"),
        ("```python a/b.py\nx\n```", '<span class="filename">a/b.py</span>'),
        ("```nonsense\nx < 1\n```", "x &lt; 1"),
    ],
)
def test_markdown_is_read_as_on_github(text: str, wanted: str) -> None:
    assert wanted in markdown(text, extensions=["website.commonmark"])


def notebook_of(code: str) -> dict[str, str]:
    return {"assignments/01_a/notebook.py": f"# %% [markdown]\n# # A\n\n# %%\n{code}\n"}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("1 / 0", r"01_a/notebook\.py: a cell raises ZeroDivisionError"),
        ("import warnings\nwarnings.warn('old')", r"01_a/notebook\.py: a cell warns.*old"),
        ("while True: pass", r"01_a/notebook\.py: a cell still runs after 2 seconds"),
    ],
)
def test_a_notebook_that_does_not_run_is_named(
    code: str, words: str, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebooks, "CELL_SECONDS", 2)
    with pytest.raises(CourseError, match=words):
        notebooks.run_notebooks(course, notebook_of(code))


def test_a_notebook_that_shows_a_solution_is_refused(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "import inspect\nfrom tiny_transformer.practice import attention as a\n"
    shown = notebook_of(code + "print(inspect.getsource(a.attend_chunk))")
    run = notebooks.run_notebooks
    monkeypatch.setattr("website.pages.run_notebooks", lambda course, _: run(course, shown))
    with pytest.raises(CourseError, match="Notebooks show what learners are to write"):
        pages(course)


def test_a_link_that_leads_nowhere_stops_the_build(
    course: Course,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    made = Pages({"index.md": b"# A\n\n[b](b.md)\n"}, [{"Start": "index.md"}])
    monkeypatch.setattr(site, "pages", lambda course: made)
    monkeypatch.chdir(HOUSE)
    assert site.main(["--out", str(tmp_path / "out")]) == 2
    said = capfd.readouterr().err
    assert "page does not exist" in said
    assert "nothing was written" in said
    assert not (tmp_path / "out").exists()
