"""The held-out loss to expect at each step of a run: ``configs/expected.toml``, as measured."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from graders.errors import CourseError
from graders.toml import tomllib

FILE = "configs/expected.toml"


@dataclass(frozen=True)
class Expected:
    """Losses on the held-out text, nats per character, at a step."""

    step: int
    low: float  # least of the runs that were measured
    loss: float  # their mean
    high: float  # largest


def expected_of(root: Path, config: str, corpus: str) -> tuple[list[Expected], float]:
    """What was measured with a config and a corpus, by step, and how far from it is still usual.

    Args:
        root: folder of the course.
        config, corpus: their names: "tiny" and "builtin".

    Returns:
        the steps in order, and a tolerance in nats: a right run stays within it of ``loss``.

    Raises:
        CourseError: there is no such table.
    """
    path = root / FILE
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        found = {(run["config"], run["corpus"]): run["at"] for run in table["run"]}
        steps = [Expected(**entry) for entry in found[config, corpus]]
        return steps, float(table["tolerance"])
    except KeyError:
        raise CourseError(
            f"{path} says nothing of the config {config} with the corpus {corpus}. It knows: "
            f"{', '.join(' with '.join(pair) for pair in found)}."
        ) from None
    except (OSError, ValueError, TypeError) as error:
        raise CourseError(f"{path} cannot be read ({error}). Take the course's own.") from None
