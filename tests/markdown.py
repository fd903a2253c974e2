"""What stands in a Markdown text: links, tables, headings, and the prose between the code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from markdown_it import MarkdownIt
from markdown_it.token import Token

FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$`]+\$", re.DOTALL)
PARSER = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True)
class Page:
    """A parsed text."""

    path: str
    tokens: list[Token] = field(repr=False)

    @classmethod
    def of(cls, path: str, text: str) -> Page:
        return cls(path, PARSER.parse(text))

    def inline(self) -> Iterator[Token]:
        """All inline pieces, such as ``text``, ``code_inline``, ``link_open``, ``image``."""
        for token in self.tokens:
            yield from token.children or ()

    def links(self) -> Iterator[str]:
        """Where links and images of this page point to."""
        for token in self.inline():
            target = token.attrGet("href" if token.type == "link_open" else "src")
            if token.type in ("link_open", "image") and isinstance(target, str):
                yield target

    def images(self) -> Iterator[tuple[str, str]]:
        """The path of each image, and its alternative text."""
        for token in self.inline():
            if token.type == "image":
                yield str(token.attrGet("src")), token.content

    def headings(self) -> list[str]:
        """The text of each heading."""
        after = zip(self.tokens, self.tokens[1:], strict=False)
        return [inline.content for mark, inline in after if mark.type == "heading_open"]

    def anchors(self) -> set[str]:
        """What a link to a heading may say after its #, as GitHub makes it of the heading."""
        return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in self.headings()}

    def rows(self, below: str = "") -> list[list[str]]:
        """The rows of all tables, or of those below one heading, without the rows of titles."""
        rows: list[list[str]] = []
        heading = ""
        for mark, token in zip(self.tokens, self.tokens[1:], strict=False):
            if mark.type == "heading_open":
                heading = token.content
            elif below in ("", heading) and mark.type == "tr_open" and token.type == "td_open":
                rows.append([])
            if below in ("", heading) and mark.type == "td_open":
                rows[-1].append(token.content)
        return rows

    def torn_mathematics(self) -> list[str]:
        """The formulas of which Markdown takes a part for emphasis, an escape or code."""
        torn = []
        for token in self.tokens:
            if token.type == "inline":
                text = "".join(
                    "\n" if child.type == "softbreak" else child.content
                    for child in token.children or ()
                    if child.type in ("text", "softbreak")
                )
                torn += [f for f in FORMULA.findall(token.content) if f not in text]
        return torn

    def prose(self) -> str:
        """What is read as words and mathematics: no code, no targets of links."""
        words = (token.content for token in self.inline() if token.type == "text")
        return "\n".join(word for word in words if not word.startswith("http"))


def resolved(page: str, target: str) -> tuple[str, str] | None:
    """Path and anchor that a link on ``page`` points to; None where it leaves the repository."""
    if re.match(r"[a-z]+:", target):
        return None
    path, _, anchor = target.partition("#")
    parts: list[str] = []
    for part in (PurePosixPath(page).parent / path).parts if path else PurePosixPath(page).parts:
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
        else:
            return "outside of the repository", anchor
    return "/".join(parts), anchor
