"""A class at once: how the rate of `course grade` and its memory grow with the class and with cores.

    python benchmarks/class_rate.py [--small 50] [--large 1000] [--rounds 3] [--json FILE]

Each run is the whole command, `course grade 01 FOLDER --out DIR --jobs N`, on a mix of right and
wrong work, with the time at which each report was written.
  each, warm     from the report after which every process has met every kind of work once, to the
                 last one, divided by the reports between them: start-up, the first run of the
                 reference and that of each known mistake are left out
  each, all      from the start of the command to its end, divided by the submissions
  memory         the most that a process held (VmHWM), of the command itself, and of the largest of
                 the processes that decide; they hold no learner code. Linux
Rounds go through all runs in turn.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench import COURSE, Bench, parser, rounds_of, show
from rich.table import Table

from graders.errors import CourseError
from graders.manifest import find_course
from graders.worker.launch import HOUSE, ONE_THREAD
from tools.batch.store import REPORTS

LOOK_SECONDS = 0.1
COLUMNS = ("submissions", "jobs", "each, warm", "a second", "each, all", "command", "deciding")


@dataclass
class Run:
    """One way to run the command, and what each round of it came to."""

    submissions: int
    jobs: int
    warm: list[float] = field(default_factory=list)  # seconds of each further submission
    whole: list[float] = field(default_factory=list)  # seconds of each, from start to end
    command: list[float] = field(default_factory=list)  # MiB of the main process
    deciding: list[float] = field(default_factory=list)  # MiB of a process that decides

    def row(self) -> list[str]:
        """As it is shown: medians."""
        warm, whole = median(self.warm), median(self.whole)
        sizes = [f"{median(sizes):.0f} MiB" for sizes in (self.command, self.deciding) if sizes]
        times = [f"{warm:.4f} s", f"{1 / warm:.2f}", f"{whole:.4f} s"]
        return [str(self.submissions), str(self.jobs), *times, *sizes]


def peak(process: int) -> float:
    """MiB that a process held at most; 0 where that cannot be known."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def deciding(command: int) -> list[int]:
    """The processes of the command's pool."""
    found = []
    for children in Path(f"/proc/{command}/task").glob("*/children"):
        try:
            for child in map(int, children.read_text().split()):
                if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.append(child)
        except OSError:
            continue  # it has just ended
    return found


def once(bench: Bench, run: Run, submissions: Path, out: Path) -> None:
    """Run the command, and note what it took.

    Raises:
        CourseError: it did not grade all.
    """
    arguments = ["grade", bench.module.id, str(submissions), "--out", str(out), "--quiet"]
    command = [sys.executable, *COURSE, *arguments, "--jobs", str(run.jobs)]
    environment = os.environ | ONE_THREAD | {"PYTHONPATH": HOUSE}
    main, each, started = 0.0, 0.0, time.perf_counter()
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as process:
        while process.poll() is None:
            main = max(main, peak(process.pid))
            each = max([each, *map(peak, deciding(process.pid))])
            time.sleep(LOOK_SECONDS)
        assert process.stderr is not None
        said = process.stderr.read().decode(errors="replace")
    run.whole.append((time.perf_counter() - started) / run.submissions)
    written = sorted(path.stat().st_mtime_ns for path in (out / REPORTS).glob("*.json"))
    if process.returncode != 1 or len(written) != run.submissions:
        raise CourseError(f"{len(written)} of {run.submissions} were graded. It said: {said}")
    written = written[run.jobs * bench.kinds - 1 :]
    run.warm.append((written[-1] - written[0]) / 1e9 / (len(written) - 1))
    if main:
        run.command.append(main)
        run.deciding.append(each)


def main() -> None:
    """Measure, show, write."""
    options = parser(__doc__, rounds=3, small=50, large=1000)
    options.add_argument("--module", default="01")
    chosen = options.parse_args()
    course = find_course(Path(__file__).parent)
    with tempfile.TemporaryDirectory() as folder:
        module = course.module(chosen.module)
        few = Bench(course, module, Path(folder) / "small", chosen.small)
        many = Bench(course, module, Path(folder) / "large", chosen.large)
        least = 2 * few.kinds + 2
        if chosen.rounds < 1 or not least <= chosen.small <= chosen.large:
            options.error(f"at least 1 round of {least} submissions, small no more than large")
        runs = [Run(chosen.small, 1), Run(chosen.large, 1), Run(chosen.large, 2)]
        for number in rounds_of(chosen.rounds):
            for bench, run in zip((few, many, many), runs, strict=True):
                out = Path(folder) / f"out_{number}_{run.submissions}_{run.jobs}"
                once(bench, run, bench.folder / "class", out)
    table = Table(*COLUMNS, box=None, pad_edge=False)
    for run in runs:
        table.add_row(*run.row())
    small, large, two = (median(run.warm) for run in runs)
    facts = many.facts(chosen.rounds)
    facts |= {"rate of large beside small": round(small / large, 3)}
    facts |= {"rate of two processes beside one": round(large / two, 3)}
    show(facts, table, {"runs": [vars(run) for run in runs]}, chosen.json)


if __name__ == "__main__":
    main()
