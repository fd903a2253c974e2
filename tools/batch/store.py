"""The folder that keeps what a batch came to: a report for each submission, written as it comes."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from graders.bounds import shortened
from graders.check import Check
from graders.course import Module
from graders.errors import CourseError
from graders.files import write_whole
from graders.report import ERROR, Report, from_json

SCHEMA = "course/batch/1"
ABOUT, LOCK = "batch.json", ".lock"
REPORTS, REGRADED, REPLACED = "reports", "regraded", "replaced"


class Store:
    """One folder, held by one process at a time.

    ``reports/`` has the reports that count, ``regraded/`` those of a ``--regrade`` that are not
    accepted yet, ``replaced/`` those that counted once.
    """

    def __init__(self, folder: Path, module: Module, checks: Sequence[Check]) -> None:
        self.folder, self.module, self._checks = folder, module, checks
        self.unread: list[str] = []

    @contextmanager
    def held(self) -> Iterator[Store]:
        """Make the folder where there is none, and keep others out.

        Raises:
            CourseError: it cannot be made, another process has it, or it holds other things or
                results of another module.
        """
        try:
            self._refuse_others_files()
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.folder / LOCK)
            with lock.acquire(timeout=0):
                about = self._about()
                if about and about.get("module") != self.module.id:
                    raise CourseError(
                        f"{self.folder} holds results of module {about.get('module')}, not of "
                        f"{self.module.id}. Choose another folder: --out DIR."
                    )
                yield self
        except Timeout:
            raise CourseError(
                f"Another `course grade` writes to {self.folder} now. Wait until it is done, or "
                "choose another folder: --out DIR."
            ) from None
        except OSError as error:
            raise CourseError(
                f"{error.filename or self.folder}: {error.strerror or error}. What was graded "
                "before this is kept; make room, or mend it, and run the command again."
            ) from None

    def _refuse_others_files(self) -> None:
        """Results have a folder of their own: in another one they would replace files."""
        if not self.folder.is_dir() or (self.folder / ABOUT).exists():
            return
        others = sorted(p.name for p in self.folder.iterdir() if not p.name.startswith("."))
        if others:
            raise CourseError(
                f"{self.folder} holds no results of a class, but {shortened(others)}. Expected a new "
                f"or empty folder, or one with {ABOUT}: --out DIR."
            )

    def _about(self) -> dict[str, Any]:
        return _read(self.folder / ABOUT) or {}

    @property
    def seed(self) -> str:
        """The seed of a batch that has begun and was stopped; "" where none was.

        Once reports are out a seed is used up: they show what is expected for its inputs, and new
        work could hold just that.
        """
        about = self._about()
        return "" if about.get("finished") else str(about.get("seed", ""))

    def begin(self, seed: str) -> None:
        """Note the seed, for the case that the batch is stopped."""
        if self.seed != seed:
            now = datetime.now(timezone.utc).isoformat(timespec="seconds")
            about = {"schema": SCHEMA, "module": self.module.id, "seed": seed, "begun": now}
            self._write(self.folder / ABOUT, about)

    def finish(self) -> None:
        """The batch is done: the next one has another seed."""
        self._write(self.folder / ABOUT, {**self._about(), "finished": True})

    def report(self, stem: str, folder: str = REPORTS) -> dict[str, Any] | None:
        """The report of a submission as JSON; None where there is none that can be read."""
        return _read(self.folder / folder / f"{stem}.json")

    def keep(self, stem: str, report: dict[str, Any], folder: str = REPORTS) -> None:
        """Write a report, all of it or nothing. One that counted before is moved aside."""
        if folder == REPORTS:
            self._set_aside(stem)
        self._write(self.folder / folder / f"{stem}.json", report)

    def accept(self, stem: str) -> None:
        """Let the report of a regrade count."""
        self._set_aside(stem)
        source = self.folder / REGRADED / f"{stem}.json"
        source.replace(self.folder / REPORTS / source.name)

    def _set_aside(self, stem: str) -> None:
        path = self.folder / REPORTS / f"{stem}.json"
        old = _read(path)
        if old and old.get("outcome") != ERROR:
            aside = self.folder / REPLACED
            aside.mkdir(exist_ok=True)
            path.replace(aside / f"{stem}.{secrets.token_hex(4)}.json")

    def stems(self, folder: str = REPORTS) -> list[str]:
        """Those of all reports, in order."""
        return sorted(path.stem for path in (self.folder / folder).glob("*.json"))

    def reports(self) -> Iterator[tuple[str, Report]]:
        """All reports that count, one at a time. ``unread`` holds the stems of the others, then."""
        self.unread.clear()
        for stem in self.stems():
            try:
                report = from_json(self.report(stem) or {}, self.module, self._checks)
            except (KeyError, TypeError, ValueError, AttributeError):
                self.unread.append(stem)
            else:
                yield stem, report

    def _write(self, path: Path, content: dict[str, Any]) -> None:
        path.parent.mkdir(exist_ok=True)
        try:
            write_whole(path, f"{json.dumps(content, ensure_ascii=False)}\n".encode())
        except CourseError as error:
            raise CourseError(f"{error} What was graded before is kept.") from None


def is_current(report: dict[str, Any], key: dict[str, Any], problem: str) -> bool:
    """Whether a report was made from just this, so that grading again would change nothing.

    Args:
        problem: why the submission cannot be read. Other errors may not come again.
    """
    if report.get("outcome") == ERROR and report.get("message") != problem:
        return False
    return all(report.get(name) == value for name, value in key.items())


def _read(path: Path) -> dict[str, Any] | None:
    try:
        data = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return data if isinstance(data, dict) else None
