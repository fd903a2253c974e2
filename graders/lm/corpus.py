"""The texts that models are trained on: the built-in one, Shakespeare's plays, or a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import CourseError
from .play import write_plays

BUILTIN = "builtin"
SHAKESPEARE = "shakespeare"
FOLDER = "data"  # in the course's folder


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
