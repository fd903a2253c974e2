"""What learners wrote as text, as HTML that does nothing.

formgrader shows it on a page whose scripts may change every grade, and nbgrader itself leaves
scripts in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from bleach.sanitizer import Cleaner
from jinja2 import pass_context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

TAGS = frozenset(
    {
        *("a", "abbr", "b", "blockquote", "br", "code", "dd", "del", "details", "div", "dl", "dt"),
        *("em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "ol"),
        *("p", "pre", "q", "s", "small", "span", "strong", "sub", "summary", "sup", "table"),
        *("tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul", "var"),
    }
)
PLAIN = ("alt", "title", "align", "colspan", "rowspan", "start", "open", "width", "height")
HIGHLIGHTED = re.compile(r"highlight|anchor-link|[a-z][a-z0-9]{0,2}")  # formgrader has others
PICTURE = re.compile(r"data:image/[a-z0-9.+-]+;base64,[A-Za-z0-9+/=\s]*|https?://.*")


@pass_context
def markdown2html(context: Mapping[str, Any], source: str) -> str:
    """Markdown as nbconvert shows it, without what could run, load or pass for a button."""
    attachments = context.get("cell", {}).get("attachments", {})
    renderer = IPythonRenderer(escape=False, attachments=attachments)
    return str(_cleaner().clean(MarkdownWithMath(renderer=renderer).render(source)))


def _is_harmless(tag: str, name: str, value: str) -> bool:
    if name == "class":
        return all(HIGHLIGHTED.fullmatch(word) for word in value.split())
    if (tag, name) == ("img", "src"):
        return bool(PICTURE.fullmatch(value))
    if (tag, name) == ("a", "href"):
        return not value.lower().startswith("data:")
    return name in PLAIN


@cache
def _cleaner() -> Cleaner:
    protocols = frozenset({"http", "https", "mailto", "data"})
    return Cleaner(TAGS, _is_harmless, protocols, strip_comments=True)
