"""What ``course verify`` does: look at all that the course needs, and say what to do about the rest."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from rich.console import Console
from rich.table import Table
from rich.text import Text

from graders.course import Course
from graders.errors import CourseError
from graders.manifest import find_course
from graders.toml import project_in

GOOD, PROBLEMS = 0, 1
DISK_MB = 1024  # checkpoints of a run, the pictures, a few hundred MB of graders' scratch
DRIVER = Path("/proc/driver/nvidia/version")
TOOLS = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    name: str
    found: str
    cause: str = ""  # why that is a problem; empty: it is none
    mend: str = ""  # what to type


def verify_machine(as_json: bool) -> int:
    """Look at everything and print what was found. Returns the exit code."""
    findings = [*look(find_course())]
    if as_json:
        rows = [{**asdict(finding), "good": not finding.cause} for finding in findings]
        print(json.dumps({"schema": "course/verify/1", "findings": rows}, indent=1))
    else:
        _show(findings, Console())
    return PROBLEMS if any(finding.cause for finding in findings) else GOOD


def look(course: Course) -> Iterator[Finding]:
    """Every finding, in the order in which they are to be mended."""
    lost = "It does not say what the course needs. Bring it back: from git, or from a fresh copy."
    project = project_in(course.root, ("requires-python", "dependencies"), lost)
    yield python(project["requires-python"])
    yield command(course)
    yield from packages(project["dependencies"])
    yield from devices()
    yield space("disk, course", course.root)
    yield space("disk, temporary", Path(tempfile.gettempdir()))
    yield memory(course.limits.memory_mb)
    yield isolation()


def python(wanted: str) -> Finding:
    """The Python that runs, against what ``requires-python`` says."""
    bits = 64 if sys.maxsize > 2**32 else 32
    found = f"{platform.python_version()}, {bits} bits, {platform.system()} {platform.machine()}"
    if platform.python_version() not in SpecifierSet(wanted, prereleases=True) or bits == 32:
        cause = f"Python {wanted} with 64 bits is expected: torch has no build for this one."
        return Finding("Python", found, cause, "python3.12 -m venv .venv")
    return Finding("Python", found)


def command(course: Course) -> Finding:
    """Whether the command that runs belongs to the folder in which it was called."""
    if course.root.resolve() != TOOLS:
        cause = f"The command belongs to {TOOLS}, this folder is {course.root}: it has its own."
        return Finding("course", str(TOOLS), cause, f'pip install -e "{course.root}"')
    return Finding("course", str(TOOLS))


def packages(requirements: list[str]) -> Iterator[Finding]:
    """What is missing or too old; where nothing is, one finding for all."""
    good = []
    for line in requirements:
        needed = Requirement(line)
        if needed.marker and not needed.marker.evaluate():
            continue
        mend = f'pip install "{needed.name}{needed.specifier}"'
        try:
            version = importlib.metadata.version(needed.name)
        except importlib.metadata.PackageNotFoundError:
            yield Finding(f"package {needed.name}", "missing", "The course imports it.", mend)
            continue
        if not needed.specifier.contains(version, prereleases=True):
            cause = f"{needed.name}{needed.specifier} is expected."
            yield Finding(f"package {needed.name}", version, cause, mend)
        else:
            good.append(f"{needed.name} {version}")
    yield Finding("packages", ", ".join(good) or "none")


def devices() -> Iterator[Finding]:
    """torch on each kind of device: a product and its gradient, compared with what they must be."""
    try:
        import torch
    except Exception as error:  # a broken library raises anything: OSError, ImportError, …
        cause = f"`import torch` ends with {type(error).__name__}: {error}"
        yield Finding("torch", "cannot be imported", cause, "pip install --force-reinstall torch")
        return
    yield _works("CPU", "cpu", f"{torch.get_num_threads()} threads")
    if torch.cuda.is_available():
        free, total = torch.cuda.mem_get_info()
        name = f"{torch.cuda.get_device_name()}, {free >> 20} of {total >> 20} MB free"
        yield _works("CUDA", "cuda", name)
    elif torch.version.cuda and DRIVER.exists():
        cause = f"There is an NVIDIA driver, and torch, built for CUDA {torch.version.cuda}, "
        cause += "cannot use it: often the driver is older than that. The CPU is used instead."
        yield Finding(
            "CUDA", "not usable", cause, "nvidia-smi  # shows the CUDA that the driver has"
        )
    else:
        yield Finding("CUDA", "none")
    if torch.backends.mps.is_available():
        yield _works("MPS", "mps", "Apple GPU")
    else:
        yield Finding("MPS", "none")


def _works(name: str, device: str, found: str) -> Finding:
    import torch

    try:
        left = torch.arange(6.0, device=device).reshape(2, 3).requires_grad_()
        product = left @ left.T
        torch.autograd.backward(product.sum())
        right = product.tolist() == [[5.0, 14.0], [14.0, 50.0]]
        assert left.grad is not None
        right = right and left.grad.tolist() == [[6.0, 10.0, 14.0]] * 2
        problem = "" if right else "A small product or its gradient comes out wrong."
    except Exception as error:  # whatever a device does instead
        problem = f"A small product ends with {type(error).__name__}: {error}"
    return Finding(name, found, problem, "pip install --force-reinstall torch" if problem else "")


def space(name: str, folder: Path) -> Finding:
    """Free space in a folder, and whether it can be written to."""
    free = shutil.disk_usage(folder).free >> 20
    found = f"{free} MB free in {folder}"
    if not os.access(folder, os.W_OK):
        cause = "It cannot be written to: neither hints nor runs could be kept."
        return Finding(name, found, cause, f'chmod u+w "{folder}"')
    if free < DISK_MB:
        return Finding(name, found, f"{DISK_MB} MB are expected.", f'du -sh "{folder}"/* | sort -h')
    return Finding(name, found)


def memory(needed_mb: int) -> Finding:
    """Memory that is free, against what one submission may take."""
    free = _free_memory_mb()
    if free is None:
        return Finding("memory", "not known on this system")
    found = f"{free} MB free"
    if free < needed_mb:
        cause = f"{needed_mb} MB are expected: grading gives one submission that much."
        return Finding(
            "memory", found, cause, "ps aux --sort=-rss | head  # who holds it; close some"
        )
    return Finding("memory", found)


def _free_memory_mb() -> int | None:
    """What Linux could give a new process, within the limit of a container; None elsewhere."""
    group = Path("/sys/fs/cgroup")
    found = []
    with contextlib.suppress(OSError):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        found += [int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable")]
    with contextlib.suppress(OSError, ValueError):  # no limit is the word "max"
        limit, used = (int((group / f"memory.{kind}").read_text()) for kind in ("max", "current"))
        found.append(limit - used)
    return min(found) >> 20 if found else None


def isolation() -> Finding:
    """The level that ``course doctor`` finds; of one's own work none is asked."""
    from graders.worker.launch import launcher
    from graders.worker.selftest import protect

    from .doctoring import LIMITS

    try:
        workers = launcher(LIMITS, [])
        try:
            level = protect(workers).level
        finally:
            workers.close()
    except CourseError as error:
        cause = f"No worker could be started, so nothing can be graded: {error}"
        return Finding("isolation", "not known", cause, "course doctor")
    return Finding("isolation", f"level {level}, of A to D; more: course doctor")


def _show(findings: list[Finding], console: Console) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    for finding in findings:
        mark = Text("problem", "red") if finding.cause else Text("good", "green")
        table.add_row(mark, Text(finding.name), Text(finding.found))
    console.print(table)
    problems = [finding for finding in findings if finding.cause]
    for finding in problems:
        console.print(Text(f"\n{finding.name}: {finding.found}", style="bold"))
        console.print(Text(f"  cause    {finding.cause}"))
        console.print(Text(f"  to mend  {finding.mend}"), soft_wrap=True)
    count = f"{len(problems)} problem" + ("s" if len(problems) != 1 else "")
    console.print(Text(f"\n{count if problems else 'no problem'}", style="bold"))
