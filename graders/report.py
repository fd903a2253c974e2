"""What a grading came to, and its form as JSON."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any

from .check import Check
from .course import Module
from .judge import Verdict
from .mistakes import Mistake
from .outcomes import Outcome
from .picture import Picture

SCHEMA = "course/report/1"
GRADED, LIMIT, ERROR = "graded", "limit", "error"


@dataclass(frozen=True)
class OwnParts:
    """How the work does on the learner's own earlier modules. Nothing is lost by it."""

    checks: int  # those that hold, on stand-ins or on the learner's own parts
    passed: int  # those of them that hold on the learner's own parts


@cache
def _versions() -> Mapping[str, str]:
    names = ("torch", "numpy", "safetensors")
    found = {name: importlib.metadata.version(name) for name in names}
    return {"python": platform.python_version(), **found}


def versions() -> dict[str, str]:
    """Versions that a result depends on."""
    return dict(_versions())


@dataclass(frozen=True)
class Report:
    """One submission, graded, or the reason why it could not be."""

    submission: str
    digest: str
    module: Module
    verdicts: Sequence[Verdict]
    sandbox: dict[str, Any]
    release: str
    seed: str
    seconds: float
    error: str = ""
    own_parts: OwnParts | None = None
    note: str = ""  # which of several things that were handed in counts
    versions: dict[str, str] = field(default_factory=versions)

    @property
    def score(self) -> int:
        return sum(verdict.points for verdict in self.verdicts)

    @property
    def max_score(self) -> int:
        return self.module.points

    @property
    def outcome(self) -> str:
        """``error``: could not be graded; ``limit``: a check ran over one; else ``graded``."""
        if self.error:
            return ERROR
        over = any(verdict.outcome is Outcome.LIMIT for verdict in self.verdicts)
        return LIMIT if over else GRADED

    def of_exercise(self, exercise: str) -> list[Verdict]:
        return [v for v in self.verdicts if v.check.exercise == exercise]

    def points_of(self, exercise: str) -> int:
        return sum(verdict.points for verdict in self.of_exercise(exercise))


def as_json(report: Report) -> dict[str, Any]:
    """The report as one JSON object. Equal submissions give equal objects but for ``seconds``."""
    return {
        "schema": SCHEMA,
        "submission": report.submission,
        "digest": report.digest,
        "module": report.module.id,
        "score": report.score,
        "max_score": report.max_score,
        "outcome": report.outcome,
        "message": report.error,
        "note": report.note,
        "own_parts": asdict(report.own_parts) if report.own_parts else None,
        "sandbox": report.sandbox,
        "release": report.release,
        "seed": report.seed,
        "versions": report.versions,
        "seconds": round(report.seconds, 3),
        "checks": [
            {
                "id": verdict.check.id,
                "exercise": verdict.check.exercise,
                "outcome": verdict.outcome.value,
                "points": verdict.points,
                "max_points": verdict.check.points,
                "message": verdict.message,
                "problem": verdict.problem,
                "details": [[*row] for row in verdict.details],
                "diagnosis": [asdict(mistake) for mistake in verdict.diagnosis],
                "picture": verdict.picture.as_json() if verdict.picture else None,
            }
            for verdict in report.verdicts
        ],
    }


def from_json(data: Mapping[str, Any], module: Module, checks: Iterable[Check]) -> Report:
    """Undo ``as_json``, for a report on ``module`` whose checks are ``checks``.

    Raises:
        KeyError, TypeError, ValueError: it is no such report.
    """
    if data["schema"] != SCHEMA or data["module"] != module.id:
        raise ValueError(f"{data['schema']} of module {data['module']}")
    by_id = {check.id: check for check in checks}
    return Report(
        submission=data["submission"],
        digest=data["digest"],
        module=module,
        verdicts=[_verdict(by_id[told["id"]], told) for told in data["checks"]],
        sandbox=data["sandbox"],
        release=data["release"],
        seed=data["seed"],
        seconds=data["seconds"],
        error=data["message"],
        own_parts=OwnParts(**data["own_parts"]) if data["own_parts"] else None,
        note=data.get("note", ""),  # reports of before have none
        versions=data["versions"],
    )


def _verdict(check: Check, told: Mapping[str, Any]) -> Verdict:
    return Verdict(
        check,
        Outcome(told["outcome"]),
        told["problem"],
        tuple((label, text) for label, text in told["details"]),
        tuple(Mistake(**mistake) for mistake in told["diagnosis"]),
        Picture.from_json(told["picture"]) if told["picture"] else None,
    )
