"""The texts that models are trained on: the built-in one, Shakespeare's plays, or a file."""

from __future__ import annotations

import hashlib
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from graders.errors import CourseError
from graders.files import explained, write_whole

from .play import write_plays

BUILTIN = "builtin"
SHAKESPEARE = "shakespeare"
FOLDER = "data"  # in the course's folder
# all of it, as char-rnn and nanoGPT use it; in the public domain
URL = "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt"
SHA256 = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"
SIZE = 1_115_394  # bytes
_SECONDS = 30


@dataclass(frozen=True)
class Corpus:
    """A text, and the part of it that is held out: its end, which no model is trained on."""

    name: str
    text: str
    held_out: int  # characters

    @property
    def train(self) -> str:
        return self.text[: len(self.text) - self.held_out]

    @property
    def val(self) -> str:
        return self.text[len(self.text) - self.held_out :]


def load_corpus(root: Path, name: str, val_fraction: float) -> Corpus:
    """A text by its name, or from a file in UTF-8.

    Args:
        root: the folder of the course.
        name: "builtin", "shakespeare" (once fetched), or a path.
        val_fraction: how much of it to hold out, above 0 and below 1.

    Raises:
        CourseError: it is not there, is no UTF-8, or is too short to split.
    """
    text = _text(root, name)
    held_out = round(len(text) * val_fraction)
    if not 0 < held_out < len(text):
        raise CourseError(
            f"{name} holds {len(text)} characters, too few to hold {val_fraction:.0%} of them out. "
            "Choose a longer text."
        )
    return Corpus(name, text, held_out)


def _text(root: Path, name: str) -> str:
    if name == BUILTIN:
        return write_plays()
    path = shakespeare_path(root) if name == SHAKESPEARE else Path(name).expanduser()
    if name == SHAKESPEARE and not path.is_file():
        raise CourseError(
            "Shakespeare's plays are not here yet. Fetch them: course data shakespeare (or, from a "
            f"file you have: --from FILE). Without a network, use the corpus {BUILTIN}."
        )
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(
            f"The corpus {name} cannot be read as UTF-8 text ({error}). Expected {BUILTIN}, "
            f"{SHAKESPEARE} or a text file."
        ) from None


def shakespeare_path(root: Path) -> Path:
    """Where the plays are kept."""
    return root / FOLDER / "shakespeare.txt"


def fetch_shakespeare(root: Path, source: Path | None = None, url: str = URL) -> tuple[Path, bool]:
    """Put the plays in their place, unless they are there. Nothing but these very bytes is kept.

    Args:
        root: the folder of the course.
        source: a file to take them from; None is the network.

    Returns:
        where they are, and whether they are new there.

    Raises:
        CourseError: they cannot be had, or are not what they should be.
    """
    path = shakespeare_path(root)
    if path.is_file() and _is_right(path.read_bytes()):
        return path, False
    try:
        content = _download(url) if source is None else source.read_bytes()
    except (OSError, urllib.error.URLError) as error:
        where = url if source is None else source
        why = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise CourseError(
            f"{where} cannot be read ({why}). Get the file elsewhere and name it with --from FILE, "
            f"or train on the corpus {BUILTIN}, which needs no network."
        ) from None
    if not _is_right(content):
        raise CourseError(
            f"{url if source is None else source} is not the corpus: expected {SIZE:,} bytes with "
            f"SHA-256 {SHA256}, found {len(content):,} with {hashlib.sha256(content).hexdigest()}. "
            "Nothing was kept. Name the right file with --from FILE."
        )
    with explained(path.parent):
        path.parent.mkdir(exist_ok=True)
    write_whole(path, content)
    return path, True


def _is_right(content: bytes) -> bool:
    return hashlib.sha256(content).hexdigest() == SHA256


def _download(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=_SECONDS) as answer:
        content: bytes = answer.read(SIZE + 1)  # whoever sends more sends something else
    return content
