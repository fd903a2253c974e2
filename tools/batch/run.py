"""Grade a class: what changed since the last time, on all cores, each result kept as it comes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from graders.check import load_checks
from graders.course import Course, Module
from graders.errors import CourseError
from graders.fingerprint import fresh_seed, release_id
from graders.report import versions
from graders.submission import Submission
from graders.worker.folders import private_folder
from graders.worker.protection import ENOUGH

from ..cores import usable_cores
from ..grading import grade_here, say_errors, write_files
from ..nbgrader.handed import reader_for
from ..options import Options
from ..reports.write import write_reports
from .collect import Handed, collected
from .show import Change, ClassProgress, Tally, show_changes
from .spread import LocalPool, Pool, spread
from .store import REGRADED, REPORTS, Store, is_current
from .work import Settings, Work

RESULTS = "grades"  # the folder of all results, where none is named


def grade_found(course: Course, module: Module, paths: Sequence[Path], options: Options) -> int:
    """Grade what is in the paths: one submission here and now, or a class. Returns the exit code.

    Raises:
        CourseError: there is nothing, nothing can be graded, or the results cannot be kept.
    """
    with collected(paths, module.handed_in or course.package, options.student) as handed:
        if len(paths) == 1 and [one.path for one in handed] == [*paths] and not options.wants_class:
            return grade_here(course, module, paths, options, options.level or ENOUGH)
        if not any(os.path.lexists(one.path) for one in handed):
            reader_for(course, module)(handed[0].path)  # says what is there instead
        _refuse_results_within(paths, handed, options.out or Path(RESULTS) / module.folder)
        return grade_class(course, module, handed, options)


def _refuse_results_within(paths: Sequence[Path], handed: Sequence[Handed], folder: Path) -> None:
    """In the folder of a class, results would be somebody's submission the next time."""
    place = folder.resolve()
    works = [one.path.resolve() for one in handed]
    classes = [path for path in map(Path.resolve, paths) if path not in works]
    if place in works or any(path in (place, *place.parents) for path in classes):
        raise CourseError(
            f"The results cannot be kept in {folder}, among the submissions: there they would be "
            "taken for one. Choose a folder beside them: --out DIR."
        )


def grade_class(course: Course, module: Module, handed: Sequence[Handed], options: Options) -> int:
    """Grade what was handed in, keep the results in a folder, write and show them.

    Returns:
        the exit code.

    Raises:
        CourseError: nothing can be graded, or the results cannot be kept.
    """
    console = Console(stderr=options.json_file == "-", quiet=options.quiet)
    folder = options.out or Path(RESULTS) / module.folder
    with (
        Store(folder, module, load_checks(module)).held() as store,
        private_folder("shelf") as shelf,
    ):
        seed = options.seed or store.seed or fresh_seed()
        settings = Settings(
            module=module.id,
            seed=seed,
            level=options.level or ENOUGH,
            release=release_id(course),
            shelf=None if options.cluster else shelf,
            manifest=None if options.cluster else course.path,
        )
        batch = _Batch(
            store,
            settings,
            reader_for(course, module),
            target=REGRADED if options.regrade else REPORTS,
            seed_counts=options.regrade or options.seed is not None,
        )
        with (
            _pool(options, len(handed)) as pool,
            ClassProgress(module, len(handed), shown=not options.quiet) as progress,
        ):
            store.begin(seed)
            try:
                batch.run(handed, pool, progress)
            except KeyboardInterrupt:
                raise CourseError(
                    f"Stopped: {progress.done} of {len(handed)} are graded and kept in {folder}. "
                    "The same command goes on from there."
                ) from None
        show_changes(batch.changes, console)
        is_done = not options.regrade or _replace(store, batch, options, console)
        write_reports(folder, module, store.reports())
        if is_done:
            store.finish()
        stems = {one.stem for one in handed}
        write_files(lambda: (r for stem, r in store.reports() if stem in stems), options)
        tally = Tally()  # reports are read one at a time: a class may not fit into memory
        for stem, report in store.reports():
            if stem in stems:
                tally.add(report)
        tally.show(console)
        if options.quiet:
            say_errors(tally.errors)
        others = len(store.stems()) - len(store.unread) - tally.outcomes.total()
        more = f" (with {others} more from before)" if others else ""
        console.print(
            f"results{more}: {folder / 'index.html'}, grades.csv, reports/", soft_wrap=True
        )
        if store.unread:
            console.print(
                f"not shown: {len(store.unread)} reports in {folder / REPORTS} that this course cannot "
                "read; an older one has written them",
                soft_wrap=True,
            )
        return tally.exit_code


def _pool(options: Options, count: int) -> Pool:
    if options.cluster:
        from .cluster import ClusterPool

        return ClusterPool(options.cluster)
    return LocalPool(min(options.jobs or usable_cores(), count))


@dataclass
class _Batch:
    """What is graded, and what came of it."""

    store: Store
    settings: Settings
    read: Callable[[Path], Submission]
    target: str  # where its reports are kept
    seed_counts: bool  # whether a report that was made with another one is made anew
    regraded: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def run(self, handed: Sequence[Handed], pool: Pool, progress: ClassProgress) -> None:
        """Grade all that changed; keep each report as soon as it is there."""
        stems = {one.student: one.stem for one in handed}
        for report in spread(pool, self.settings, self._changed(handed, progress)):
            stem = stems[report["submission"]]
            self._note(stem, report)
            self.store.keep(stem, report, self.target)
            progress.graded(report["outcome"])

    def _changed(self, handed: Sequence[Handed], progress: ClassProgress) -> Iterator[Work]:
        key: dict[str, Any] = {
            "release": self.settings.release,
            "versions": versions(),
        }
        if self.seed_counts:
            key["seed"] = self.settings.seed
        for one in handed:
            work = _read(one, self.read)
            known = self.store.report(one.stem, self.target)
            if known and is_current(known, {**key, "digest": work.digest}, work.problem):
                self._note(one.stem, known)
                progress.unchanged(known["outcome"])
            else:
                yield work

    def _note(self, stem: str, report: dict[str, Any]) -> None:
        old = self.store.report(stem)
        if self.target == REGRADED:
            self.regraded.append(stem)
        if old and (old["score"], old["outcome"]) != (report["score"], report["outcome"]):
            self.changes.append(Change.between(old, report))


def _read(one: Handed, read: Callable[[Path], Submission]) -> Work:
    problem = ""
    if not one.problem:
        try:
            return Work(replace(read(one.path), name=one.student))
        except CourseError as error:
            problem = str(error)
    return Work(Submission(one.student, {}), one.explained(problem))


def _replace(store: Store, batch: _Batch, options: Options, console: Console) -> bool:
    """Let what was graded again count, if the user says so. Returns whether it does."""
    count = len(batch.regraded)
    if not options.yes:
        if not sys.stdin.isatty():
            console.print(f"Nothing was replaced. To replace {count} reports, add --yes.")
            return False
        if not click.confirm(f"Replace {count} reports by the new ones?", err=True):
            return False
    for stem in batch.regraded:
        store.accept(stem)
    return True
