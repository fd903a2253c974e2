"""Read Markdown as GitHub does, for a generator that reads it with Python-Markdown.

Texts of the course are CommonMark: Python-Markdown takes their lists and folded answers apart. So
markdown-it reads them here, as it does in the tests, and Python-Markdown goes on with the tree.
Formulas become MathML, which browsers show without a script or a font from elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from latex2mathml.converter import convert
from markdown import Markdown
from markdown.blockparser import BlockParser
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

_FUNCTION = re.compile(r"<mi>([a-z]{2,})</mi>")  # sin, ln and the like, which stand too close


class CommonMark(Extension):
    """Puts markdown-it in the place of Python-Markdown's own reading."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Replace what reads blocks and inline marks; headings and links are looked at as before."""
        md.parser = parser = _Parser(md)
        md.preprocessors.register(_Taken(parser), "commonmark", 29)  # the first, but for line ends
        md.treeprocessors.deregister("inline")


def makeExtension(**options: Any) -> CommonMark:  # noqa: N802
    """What Python-Markdown looks for in a module that is named as an extension."""
    return CommonMark(**options)


class _Taken(Preprocessor):
    """Gives the text to the parser, so that no other extension reads anything into it."""

    def __init__(self, parser: _Parser) -> None:
        super().__init__(parser.md)
        self.parser = parser

    def run(self, lines: list[str]) -> list[str]:
        self.parser.text = "\n".join(lines)
        return []


class _Parser(BlockParser):
    def __init__(self, md: Markdown) -> None:
        super().__init__(md)
        self.text = ""
        self.reader = MarkdownIt("commonmark", {"xhtmlOut": True}).enable("table")
        self.reader.use(dollarmath_plugin, allow_space=False, double_inline=True)
        for kind in ("fence", "code_block"):
            self.reader.add_render_rule(kind, _code)
        for kind in ("math_inline", "math_inline_double", "math_block"):
            self.reader.add_render_rule(kind, _mathml)

    def parseDocument(self, lines: Sequence[str]) -> ElementTree.ElementTree:  # noqa: N802
        html = self.reader.render(self.text)
        html = html.replace("&amp;", "&amp;amp;")  # what looks like an entity is not escaped later
        return ElementTree.ElementTree(ElementTree.fromstring(f"<div>{html}</div>"))


def _mathml(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, environment: Any
) -> str:
    """A formula; a wide one by itself in a box that can be scrolled."""
    inline = tokens[index].type == "math_inline"
    made = convert(tokens[index].content, display="inline" if inline else "block")
    made = made.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "")  # HTML knows <math>
    made = _FUNCTION.sub(r'<mo form="prefix" lspace="0.17em" rspace="0.17em">\1</mo>', made)
    return made if inline else f'<span class="formula">{made}</span>'


def _code(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, environment: Any
) -> str:
    """Code in colours; a second word after the language is the file that it belongs in."""
    language, *name = tokens[index].info.split() or ["text"]
    try:
        lexer = get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        lexer = get_lexer_by_name("text", stripnl=False)
    formatter = HtmlFormatter(wrapcode=True, filename=" ".join(name))
    return highlight(tokens[index].content, lexer, formatter)
