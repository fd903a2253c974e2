"""Known mistakes: patches of the reference, each with a name and a hint."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .course import Course, Module
from .errors import CourseError
from .toml import tomllib


@dataclass(frozen=True)
class Mistake:
    """What a mistake is called and what to ask someone who made it."""

    id: str  # "a1"
    exercise: str  # "01.8"
    title: str
    hint: str


@dataclass(frozen=True)
class Variant:
    """One way to make a mistake: a replacement in one file of the reference."""

    mistake: Mistake
    number: int
    file: str  # below the package
    replace: str
    by: str
    source: Path  # where the variant is written down

    @property
    def name(self) -> str:
        return f"{self.mistake.id}_{self.number}"

    def apply(self, package: Path) -> str:
        """The text of ``file`` with the mistake in it.

        Raises:
            CourseError: the text to replace is not there exactly once.
        """
        text = (package / self.file).read_text(encoding="utf-8")
        count = text.count(self.replace)
        if count != 1:
            raise CourseError(
                f"{self.source}: mistake {self.mistake.id}, variant {self.number}: the text to "
                f"replace stands {count} times in {package / self.file}, expected once. Make "
                "`replace` follow the reference."
            )
        return text.replace(self.replace, self.by)


def load_variants(course: Course, module: Module) -> list[Variant]:
    """All known mistakes of a module, from ``reference/mistakes/<id>_*.toml``.

    Raises:
        CourseError: a file is broken, or names an exercise that the module does not have.
    """
    variants = []
    seen: set[str] = set()
    for path in sorted((course.root / "reference" / "mistakes").glob(f"{module.id}_*.toml")):
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))["mistake"]
            for table in tables:
                mistake = Mistake(table["id"], table["exercise"], table["title"], table["hint"])
                variants += _variants(path, module, mistake, table)
                if mistake.id in seen:
                    raise CourseError(f"{path}: mistake {mistake.id} is listed twice.")
                seen.add(mistake.id)
        except (tomllib.TOMLDecodeError, KeyError) as error:
            raise CourseError(
                f"{path}: {type(error).__name__}: {error}. A mistake needs id, exercise, title, "
                "hint, and [[mistake.variant]] tables with `replace` and `with`."
            ) from None
    return variants


def _variants(path: Path, module: Module, mistake: Mistake, table: Any) -> list[Variant]:
    exercise = module.exercise(mistake.exercise)
    return [
        Variant(mistake, number, v.get("file", exercise.file), v["replace"], v["with"], path)
        for number, v in enumerate(table["variant"], start=1)
    ]
