"""The pages of a class in a real browser, opened from disk: a walk, a phone, the dark."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tools.reports.write import write_reports

from .browser import chromium, log, needs_browser, resize
from .classroom import Class

LEAST_CONTRAST = 4.5  # of text and what is behind it: WCAG 2.2, level AA

pytestmark = needs_browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture(scope="module")
def folder(graded_class: Class, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("pages")
    write_reports(out, graded_class[0][1].module, graded_class)
    return out


@pytest.fixture
def open_page(browser: webdriver.Chrome, folder: Path) -> Iterator[Any]:
    """Opens a page at a width, light or dark; fails afterwards if it logged or loaded anything."""

    def opened(page: str, width: int = 1280, scheme: str = "light") -> webdriver.Chrome:
        resize(browser, width, scheme)
        browser.get((folder / page).as_uri())
        return browser

    for kind in ("browser", "performance"):
        log(browser, kind)  # of the test before
    yield opened
    assert log(browser, "browser") == []
    events = [json.loads(entry["message"])["message"] for entry in log(browser, "performance")]
    requests = [e["params"] for e in events if e["method"] == "Network.requestWillBeSent"]
    # the browser's first, empty page makes some too
    ours = [r["request"]["url"] for r in requests if r["documentURL"].startswith("file:")]
    assert ours != []
    assert [url for url in ours if not url.startswith(folder.as_uri())] == []


def stem_of(graded_class: Class, name: str) -> str:
    return next(stem for stem, report in graded_class if report.submission == name)


def test_from_the_class_to_a_mistake_to_a_learner_to_a_heat_map_and_back(open_page: Any) -> None:
    browser = open_page("index.html")
    browser.find_element(By.LINK_TEXT, "Known mistakes").click()
    mistake = browser.find_element(By.XPATH, "//h3[.='the scores are not scaled']/../..")
    assert "How does the spread of a dot product grow" in mistake.text
    mistake.find_element(By.LINK_TEXT, "two_mistakes").click()

    assert browser.find_element(By.TAG_NAME, "h1").text == "two_mistakes"
    browser.find_element(By.PARTIAL_LINK_TEXT, "01.8 Scaled").click()
    section = browser.find_element(By.CSS_SELECTOR, "section[aria-labelledby='e01.8']")
    assert "the scores are not scaled" in section.text
    first, second = section.find_elements(By.CSS_SELECTOR, "details.check")[:2]
    maps = first.find_elements(By.CSS_SELECTOR, "svg.map")
    assert [shown.is_displayed() for shown in maps] == [True] * 3
    assert all(min(shown.size["width"], shown.size["height"]) > 100 for shown in maps)
    assert [shown.accessible_name[:15] for shown in maps] == [
        "Heat map of exp",
        "Heat map of got",
        "Heat map of dif",
    ]
    cells = maps[1].find_elements(By.CSS_SELECTOR, "path")
    fills = {cell.value_of_css_property("fill") for cell in cells}
    assert len(fills) == len(cells) > 3, "each level has a colour of its own"

    numbers = first.find_element(By.CSS_SELECTOR, "table.numbers td")
    assert not numbers.is_displayed()
    first.find_element(By.XPATH, ".//summary[.='The numbers']").click()
    assert numbers.is_displayed()

    assert not second.find_element(By.TAG_NAME, "svg").is_displayed()
    second.find_element(By.TAG_NAME, "summary").click()
    assert second.find_element(By.TAG_NAME, "svg").is_displayed()

    browser.find_element(By.LINK_TEXT, "← the class").click()
    assert browser.find_element(By.TAG_NAME, "h1").text == "Attention"


def test_what_could_not_be_graded_says_why(open_page: Any) -> None:
    browser = open_page("index.html")
    reasons = browser.find_element(By.CSS_SELECTOR, "section[aria-labelledby='not-graded']")
    assert "Expected a folder, .zip or .tar.gz" in reasons.text
    reasons.find_element(By.LINK_TEXT, "nowhere").click()
    assert "Expected a folder, .zip or .tar.gz" in browser.find_element(By.TAG_NAME, "main").text


@pytest.mark.parametrize("name", ["index", "two_mistakes", "not_a_number", "broken", "endless"])
@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_is_wider_than_its_window(
    name: str, width: int, open_page: Any, graded_class: Class
) -> None:
    """With all that can be unfolded unfolded."""
    page = "index.html" if name == "index" else f"learners/{stem_of(graded_class, name)}.html"
    browser = open_page(page, width)
    browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
    measured = "const page = document.documentElement; return [page.scrollWidth, page.clientWidth]"
    wide, window = browser.execute_script(measured)
    assert wide == window <= width
    assert browser.execute_script("return innerWidth") == width, "zoomed out to fit"


# each visible text with its contrast to the nearest background behind it
CONTRASTS = """
const luminance = rgb => rgb.map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const parsed = colour => colour.match(/[\\d.]+/g).map(Number);
const behind = element => {
    for (; element; element = element.parentElement) {
        const colour = parsed(getComputedStyle(element).backgroundColor);
        if (colour.length < 4 || colour[3] === 1) return colour.slice(0, 3);
    }
};
document.querySelectorAll('details').forEach(d => d.open = true);
const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
    const element = walker.currentNode.parentElement, text = walker.currentNode.data.trim();
    if (!text || !element.checkVisibility()) continue;
    const style = getComputedStyle(element), svg = element.namespaceURI.endsWith('svg');
    const colours = [parsed(svg ? style.fill : style.color).slice(0, 3), behind(element)];
    const [dark, light] = colours.map(luminance).sort((a, b) => a - b);
    found.push([(light + 0.05) / (dark + 0.05), text.slice(0, 60)]);
}
return found;
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index", "two_mistakes", "not_a_number", "untouched", "endless"])
def test_all_text_stands_out_from_what_is_behind_it(
    name: str, scheme: str, open_page: Any, graded_class: Class
) -> None:
    page = "index.html" if name == "index" else f"learners/{stem_of(graded_class, name)}.html"
    browser = open_page(page, scheme=scheme)
    found = browser.execute_script(CONTRASTS)
    assert len(found) > 30
    assert [(text, ratio) for ratio, text in found if ratio < LEAST_CONTRAST] == []
    body = browser.find_element(By.TAG_NAME, "body").value_of_css_property("background-color")
    light = sum(map(int, body.removeprefix("rgba(").split(",")[:3])) > 3 * 128
    assert light == (scheme == "light")


def test_the_keyboard_shows_where_it_is(open_page: Any) -> None:
    browser = open_page("index.html")
    for _ in range(3):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        focused = browser.switch_to.active_element
        assert focused.tag_name == "a"
        assert focused.value_of_css_property("outline-style") == "solid"
        assert focused.value_of_css_property("outline-width") == "3px"
