"""What learners write as text is shown as nbgrader shows it, but for what could act."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_markdown_cell, new_notebook
from traitlets.config import Config

from graders.course import Course
from tools.nbgrader.config import config

PIXEL = "iVBORw0KGgo="


class Elements(HTMLParser):
    """The elements and attributes in a piece of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs


def page(text: str, course: Course, **more: object) -> str:
    """The cell of a text, by nbconvert as the folder's configuration sets it."""
    written: dict[str, object] = {"get_config": Config}
    lines = config(course, [course.module("01")], "").splitlines()
    [line] = [line for line in lines if line.startswith("c.HTMLExporter")]
    exec(f"c = get_config()\n{line}", written)
    exporter = HTMLExporter(config=written["c"], template_name="classic")
    made, _ = exporter.from_notebook_node(new_notebook(cells=[new_markdown_cell(text, **more)]))
    return made.rpartition('rendered_html">')[2].partition("</main>")[0]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "a <img src=x onerror=alert(1)> b",
        "<svg/onload=alert(1)>",
        "<details open ontoggle=alert(1)>",
        "[a](javascript:alert(1))",
        "[a](&#106;avascript:alert(1))",
        "<a href='java\tscript:alert(1)'>a</a>",
        "<javascript:alert(1)>",
        "[a]: javascript:alert(1)\n\n[a]",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<p style='position:fixed;top:0'>a</p>",
        "<button class='full-credit'>alert(1)</button>",
        "<span class='full-credit'>alert(1)</span>",
        "<form action='https://example.org'><input type=submit></form>",
        "<a href='data:text/html,<script>alert(1)</script>'>a</a>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        '![a](x"onerror="alert(1))',
        "```\n</pre><script>alert(1)</script>\n```",
        "<!-- --!><script>alert(1)</script> -->",
        "$</script><script>alert(1)</script>$",
        "<meta http-equiv=refresh content='0;url=https://example.org'>",
        "<base href='https://example.org'>",
    ],
)
def test_what_could_act_does_not(text: str, course: Course) -> None:
    found = Elements()
    found.feed(page(text, course))
    assert found.tags <= {"p", "div", "pre", "a", "details", "table", "img", "span", "code"}
    for name, value in found.attributes:
        assert name in ("href", "src", "alt", "title", "open", "class")
        assert value is None or not re.search(r"script:|<script|data:|full-credit", value)


def test_what_people_write_is_shown(course: Course) -> None:
    text = (
        "# Why\n\nIt is **so**, since $a<b$ and\n\n$$\\frac{1}{\\sqrt{d_k}} < 1$$\n\n"
        "| a | b |\n|---|---|\n| 1 | `<div>` |\n\n- [a page](https://example.org/x?a=1&b=2)\n\n"
        "x<sub>1</sub> <br> ![mine](attachment:mine.png)\n\n```python\ndef f(): return 1 < 2\n```"
    )
    shown = page(text, course, attachments={"mine.png": {"image/png": PIXEL}})
    for part in (
        "Why",
        "<strong>so</strong>",
        "$a&lt;b$",
        r"$$\frac{1}{\sqrt{d_k}} &lt; 1$$",
        "<td>1</td>",
        "<code>&lt;div&gt;</code>",
        '<a href="https://example.org/x?a=1&amp;b=2">a page</a>',
        "x<sub>1</sub> <br/>",
        f'src="data:image/png;base64,{PIXEL}"',
        '<span class="k">def</span>',
    ):
        assert part in shown
