"""Build a student copy and prove, before anybody gets it, that it is clean and fair."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from graders.answers import LiveAnswers
from graders.check import load_checks
from graders.course import Course, Module
from graders.fingerprint import release_id
from graders.goldens import FOLDER, Goldens, record
from graders.grade import Grader, scenario_modules
from graders.outcomes import Outcome
from graders.released import MANIFEST
from graders.report import Report
from graders.worker.launch import Launcher, launcher

from .build import build_copy, solutions_of
from .leaks import find_leaks
from .write import hashes

SCHEMA = "course/release/1"


@dataclass(frozen=True)
class Claim:
    """One thing that is proved of a release."""

    claim: str
    holds: bool
    detail: str
    findings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Release:
    """A student copy, not written yet, and its proof."""

    id: str
    modules: tuple[str, ...]
    files: Mapping[str, bytes]  # of the copy, its manifest among them
    proof: tuple[Claim, ...]

    @property
    def holds(self) -> bool:
        return all(claim.holds for claim in self.proof)

    @property
    def manifest(self) -> dict[str, Any]:
        """What stands in the copy's ``.course/manifest.json``."""
        return {
            "schema": SCHEMA,
            "release": self.id,
            "modules": self.modules,
            "proof": [asdict(claim) for claim in self.proof],
            "files": hashes({p: c for p, c in self.files.items() if p != MANIFEST}),
        }


def public_seed(release: str) -> str:
    """Seed of the inputs that learners see; the official one is another."""
    return f"public {release}"


def make_release(course: Course, modules: Sequence[Module]) -> Release:
    """Record goldens, build the copy, prove it. Writes nothing but to temporary folders."""
    release = release_id(course)
    reports: list[Report] = []
    with ExitStack() as stack:
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="course-release-"))
        checks = [check for module in modules for check in load_checks(module)]
        workers = launcher(course.limits, scenario_modules(checks))
        stack.callback(workers.close)
        goldens = record_answers(course, modules, release, workers)
        files = build_copy(course, modules, goldens)
        root = Path(scratch) / "copy"
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        for module in modules:
            reports.append(_grade(course, module, root, root, workers))
            reports.append(_grade(course, module, root, course.root / "reference", workers))
        again = build_copy(course, modules, record_answers(course, modules, release, workers))
    proof = (
        _stubs_import(reports[::2]),
        _checks_fail(reports[::2]),
        _reference_passes(reports[1::2]),
        _no_leaks(course, files),
        _same_bytes(files, again),
    )
    made = Release(release, tuple(module.id for module in modules), files, proof)
    text = json.dumps(made.manifest, indent=1, sort_keys=True) + "\n"
    return Release(made.id, made.modules, {**files, MANIFEST: text.encode()}, proof)


def record_answers(
    course: Course, modules: Sequence[Module], release: str, workers: Launcher
) -> dict[str, bytes]:
    """What the reference and the known mistakes give on public inputs, by path in a copy."""
    recorded = {}
    for module in modules:

        def answers(launcher: Launcher, module: Module = module) -> LiveAnswers:
            return LiveAnswers(course, module, launcher, public_seed(release), release)

        # what runs here is our own work
        with Grader(course, module, answers, shared=workers, required_level="D") as grader:
            assert isinstance(grader.answers, LiveAnswers)
            body = record(module, load_checks(module), grader.answers)
        recorded[f"{FOLDER}/{module.folder}.safetensors"] = body
    return recorded


def _grade(course: Course, module: Module, copy: Path, work: Path, workers: Launcher) -> Report:
    """Grade ``work`` as a learner with ``copy`` would, against what was recorded."""
    path = copy / FOLDER / f"{module.folder}.safetensors"
    with Grader(
        course, module, lambda _: Goldens(path), shared=workers, required_level="D"
    ) as grader:
        return grader.grade(work)


def _stubs_import(reports: Sequence[Report]) -> Claim:
    broken = (Outcome.ERROR, Outcome.LIMIT)
    findings = [v.message for r in reports for v in r.verdicts if v.outcome in broken]
    findings += [report.error for report in reports if report.error]
    exercises = sum(len(report.module.exercises) for report in reports)
    return _claim("the stubs import", f"{exercises} exercises", findings)


def _checks_fail(reports: Sequence[Report]) -> Claim:
    verdicts = [verdict for report in reports for verdict in report.verdicts]
    findings = [f"{v.check.id} passes on the stub" for v in verdicts if v.outcome is Outcome.PASSED]
    if not verdicts:
        findings = ["no check ran"]
    return _claim("each check fails on the stubs", f"{len(verdicts)} checks", findings)


def _reference_passes(reports: Sequence[Report]) -> Claim:
    findings = [v.message for r in reports for v in r.verdicts if v.outcome is not Outcome.PASSED]
    findings += [report.error for report in reports if report.error]
    score, most = sum(r.score for r in reports), sum(r.max_score for r in reports)
    return _claim("the reference scores 100 %", f"{score} of {most} points", findings)


def _no_leaks(course: Course, files: Mapping[str, bytes]) -> Claim:
    # of all modules: a copy of the first must not answer the second
    findings = [str(leak) for leak in find_leaks(solutions_of(course, course.modules), files)]
    return _claim("no solution text is in the copy", f"{len(files)} files searched", findings)


def _same_bytes(files: Mapping[str, bytes], again: Mapping[str, bytes]) -> Claim:
    names = sorted({*files, *again})
    findings = [f"{name} differs" for name in names if files.get(name) != again.get(name)]
    return _claim("a second build gives the same bytes", f"{len(names)} files", findings)


def _claim(claim: str, detail: str, findings: Sequence[str]) -> Claim:
    return Claim(claim, not findings, detail, tuple(findings))
