"""The report that was handed in: its parts, its figures, the pictures that it shows."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from ..calls import Implementation, Result
from ..compare import Mismatch, require
from ..handed import CONTENT, content

FILE = "report.md"
PARTS = ("Data", "Model", "Training", "Evaluation", "Samples", "What went wrong")
WORDS = 20  # of each part, at least
LONGEST = 200_000  # characters
LEAST, MOST = (400, 300), (6000, 6000)  # pixels of a picture
SHADES = 4  # colours in a small copy of a picture that shows something
# each goes through a text once, whatever is in it: none looks on from one place to the same end
# as from the next
_HEADING = re.compile(r"^##[ \t]+(\S.*)$", re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_ROW = re.compile(r"^\|([^|\n]+)\|([^|\n]+)\|[ \t]*$", re.MULTILINE)
_IMAGE = re.compile(r"!\[([^\[\]\n]*)\]\(([^()\s]+)\)")
_WORD = re.compile(r"[^\W\d_]{2,}")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True)
class Written:
    """A report. ``got`` is the file."""

    got: Result
    text: str

    def parts(self) -> dict[str, str]:
        """The text of each part, by its heading."""
        pieces = _HEADING.split(self.text)
        return dict(zip(map(str.rstrip, pieces[1::2]), pieces[2::2], strict=True))

    def words(self, part: str) -> int:
        """How many words the learner wrote in a part: those of tables and pictures do not count."""
        text = _ROW.sub("", _IMAGE.sub("", self.parts().get(part, "")))
        return len(_WORD.findall(text))

    def figure(self, name: str) -> str:
        """What the table of figures says of ``name``. Mismatch where it says nothing."""
        for label, value in _ROW.findall(self.text):
            if label.strip().lower() == name and value.strip():
                return str(value.strip())
        raise Mismatch(f"the table of figures in {FILE} has no row `| {name} | … |`", self.got)

    def number(self, name: str) -> float:
        """The same as a number; commas and spaces in it do not count."""
        said = self.figure(name)
        plain = re.sub(r"[,_ \u2009\u202f]", "", said)
        require(_NUMBER.fullmatch(plain), f"{name} is {said[:40]!r}, expected a number", self.got)
        return float(plain)

    def images(self) -> Iterator[tuple[str, str]]:
        """The names of the pictures that it shows, and the words for those who cannot see them."""
        for words, name in _IMAGE.findall(self.text):
            yield str(name).removeprefix("./"), str(words)


def report_of(learner: Implementation) -> Written:
    """The report that was handed in, without its comments.

    Raises:
        Mismatch: it is no text in UTF-8, or a very long one.
        RunFailure: there is no file.
    """
    got = learner.run(content, name=FILE)
    try:
        text = got[CONTENT].tobytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise Mismatch(f"{FILE} is no text in UTF-8: {error}", got) from None
    said = f"{FILE} has {len(text):,} characters, expected {LONGEST:,} or fewer"
    require(len(text) <= LONGEST, said, got)
    return Written(got, _COMMENT.sub("", text.replace("\r\n", "\n")))


def problem_of_picture(image: bytes) -> str:
    """Why some bytes are no picture to show, "" where they are one.

    Its size is known before a pixel of it is unpacked.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Pillow warns of pictures that are too large
            with Image.open(io.BytesIO(image), formats=["PNG"]) as picture:
                width, height = picture.size
                if not (LEAST[0] <= width <= MOST[0] and LEAST[1] <= height <= MOST[1]):
                    return (
                        f"has {width} x {height} pixels, expected {LEAST[0]} x {LEAST[1]} to "
                        f"{MOST[0]} x {MOST[1]}"
                    )
                small = picture.convert("RGB").resize((80, 60))
    except UnidentifiedImageError:
        return "is no PNG"
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Warning) as error:
        return f"is a damaged PNG ({error})"
    colours = small.getcolors(80 * 60) or []
    return "" if len(colours) >= SHADES else "shows nothing: it is all of one colour"
