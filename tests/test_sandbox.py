"""What a learner's code reaches for is out of reach; and the same attempts succeed without a layer."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from graders.grade import Grader
from graders.outcomes import Outcome

from .conftest import HOUSE, REFERENCE, MakeSubmission
from .test_bad_code import RAW, assert_costs_only

PRACTICE = "practice/attention.py"
TEXT = (REFERENCE / PRACTICE).read_text() + "\n\nhonest = raw_scores\n"

# each ends with a right answer, but only if it gets what it reaches for
ATTEMPTS = {
    "reads_the_reference": f"""
    source = open({str(REFERENCE / PRACTICE)!r}).read()
    names = {{"__name__": "stolen"}}
    exec(source, names)
    return names["raw_scores"](query, key)""",
    "imports_the_reference": f"""
    import importlib, sys
    sys.path[:0] = [{str(HOUSE)!r}]
    found = importlib.import_module("reference.tiny_transformer.practice.attention")
    return found.raw_scores(query, key)""",
    "reads_the_checks": f"""
    from pathlib import Path
    assert "def test_" in Path({str(HOUSE / "graders" / "test_01_practice.py")!r}).read_text()
    return honest(query, key)""",
    "lists_the_course": f"""
    import os
    assert os.listdir({str(HOUSE)!r})
    return honest(query, key)""",
    "writes_outside": """
    open(OUTSIDE, "w").write("I was here")
    return honest(query, key)""",
    "changes_its_own_work": """
    open(__file__, "a").write("# later")
    return honest(query, key)""",
    "makes_a_file_unreadable": """
    import os
    os.chmod(OUTSIDE, 0)
    return honest(query, key)""",
    "connects": """
    import socket
    socket.create_connection(("127.0.0.1", PORT), 2).close()
    return honest(query, key)""",
    "starts_a_process": """
    import os
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return honest(query, key)""",
    "runs_a_program": """
    import subprocess
    subprocess.run(["true"], check=True)
    return honest(query, key)""",
    "signals_the_grader": """
    import os
    os.kill(GRADER, 0)
    return honest(query, key)""",
    "limits_the_grader": """
    import resource
    resource.prlimit(GRADER, resource.RLIMIT_NOFILE)
    return honest(query, key)""",
    "has_itself_signalled_to_the_grader": """
    import fcntl, os
    mine, other = os.pipe()
    fcntl.fcntl(mine, fcntl.F_SETOWN, GRADER)
    return honest(query, key)""",
    "holds_memory_that_nobody_counts": """
    import mmap
    mmap.mmap(-1, 1 << 20).close()
    return honest(query, key)""",
}


@pytest.fixture
def port() -> Iterator[int]:
    """A port on this machine that somebody listens to."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A file that no worker has any business with."""
    path = tmp_path / "outside"
    path.write_text("canary")
    return path


@pytest.fixture
def attempt(make_submission: MakeSubmission, outside: Path, port: int) -> Callable[[str], Path]:
    """Make a submission that makes one of the attempts."""
    names = f"OUTSIDE, PORT, GRADER = {str(outside)!r}, {port}, {os.getpid()}\n"
    return lambda name: make_submission({PRACTICE: TEXT + names + RAW + ATTEMPTS[name].strip()})


@pytest.mark.usefixtures("leaves_nothing")
@pytest.mark.parametrize("name", ATTEMPTS)
def test_work_that(
    name: str, grader: Grader, attempt: Callable[[str], Path], outside: Path
) -> None:
    """It earns nothing where it needed that, loses nothing elsewhere, and reads why."""
    before = outside.stat()
    report = grader.grade(attempt(name))
    assert report.sandbox["level"] <= "B"
    assert_costs_only(report, ("01.1",))
    first = report.of_exercise("01.1")[0]
    assert first.outcome is Outcome.ERROR
    if name != "imports_the_reference":  # which is not found
        assert "it did what graded work may not do" in first.message
    assert outside.stat() == before
    assert outside.read_text() == "canary"


@pytest.mark.parametrize(("file", "cost"), [("environ", ("01.1",)), ("stat", ())])
def test_nobody_looks_into_the_process_that_starts_workers(
    file: str, cost: tuple[str, ...], bare: Grader, make_submission: MakeSubmission
) -> None:
    """Not even on a machine that can shut off nothing."""
    code = f"import os; open(f'/proc/{{os.getppid()}}/{file}').read(); return honest(query, key)"
    assert_costs_only(bare.grade(make_submission({PRACTICE: TEXT + RAW + code})), cost)


@pytest.mark.parametrize("name", ATTEMPTS)
def test_without_the_layers_it_would_succeed(
    name: str, bare: Grader, attempt: Callable[[str], Path]
) -> None:
    """The attempts are real: on a machine that can shut off nothing, each has all points."""
    report = bare.grade(attempt(name))
    assert report.sandbox["level"] == "D"
    assert_costs_only(report, ())
