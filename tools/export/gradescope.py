"""``course export gradescope``: an autograder for Gradescope, as the zip that it takes."""

from __future__ import annotations

import importlib.metadata
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from graders.errors import CourseError

if TYPE_CHECKING:
    from graders.course import Course

INSIDE = "course"  # the folder of the zip that holds the course
FOLDERS = ("graders", "reference", "tools", "assignments", "student_template")
VISIBILITIES = ("visible", "after_due_date", "after_published", "hidden")


@click.command()
@click.argument("module")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The zip to write, for Gradescope's Configure Autograder.",
)
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@click.option(
    "--require-sandbox",
    "level",
    type=click.Choice(["A", "B", "C", "D"], case_sensitive=False),
    default="B",
    show_default=True,
    help="Least isolation in Gradescope's container, as in `course grade`; less grades nothing.",
)
@click.option(
    "--visibility",
    type=click.Choice(VISIBILITIES),
    default=VISIBILITIES[0],
    show_default=True,
    help="When learners see what a check found.",
)
@click.option(
    "--torch-index",
    metavar="URL",
    help="Where pip finds torch: PyTorch's CPU packages save gigabytes, see pytorch.org.",
)
def command(
    module: str, out: Path, force: bool, level: str, visibility: str, torch_index: str | None
) -> None:
    """Make an autograder of MODULE for Gradescope: a zip with setup.sh and run_autograder.

    It holds the reference: it is for Gradescope, not for learners. Learners hand in a zip with
    tiny_transformer/ in it.
    """
    from graders.manifest import find_course
    from release.write import write_zip

    if torch_index and not torch_index.startswith(("https://", "http://")):
        raise CourseError(
            f"--torch-index {torch_index} is no address: pip would find no torch on Gradescope. "
            "Expected https://…, as https://pytorch.org shows under Get started."
        )
    course = find_course()
    chosen = course.module(module)
    facts = {"module": chosen.id, "level": level, "visibility": visibility}
    files = autograder(course, facts, torch_index)
    write_zip(files, out, force)
    click.echo(f"{len(files)} files in {out}: module {chosen.id}, {chosen.points} points")
    click.echo(
        f"In Gradescope: a Programming Assignment of {chosen.points} points; upload this zip under "
        "Configure Autograder, with a container of 1 CPU and 3 GB or more. It holds the reference."
    )


def autograder(
    course: Course, facts: dict[str, str], torch_index: str | None = None
) -> dict[str, bytes]:
    """The files of the zip, path -> content. The same course gives the same bytes.

    Args:
        course: in the course repository.
        facts: ``module``, the ``level`` of isolation and the ``visibility`` of each check.
        torch_index: URL where pip finds torch, if not where it finds the rest.

    Raises:
        CourseError: this is no course repository, or a file of it is not as it should be.
    """
    import json

    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from graders.manifest import MANIFEST
    from release.frame import folder_files

    from .gradescope_run import not_graded

    files = {
        f"{INSIDE}/{path}": file.read_bytes()
        for folder in FOLDERS
        for path, file in folder_files(course.root, folder).items()
    }
    files[f"{INSIDE}/{MANIFEST}"] = course.path.read_bytes()
    needs = _requirements(course)
    files["requirements.txt"] = "\n".join([*needs, ""]).encode()
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        autoescape=False,  # nothing here is HTML
    )
    told = json.dumps(not_graded("the grader was ended before it was done, or could not start"))
    quoted = shlex.quote(torch_index) if torch_index else ""
    torch = next(need for need in needs if need.startswith("torch=="))
    for name in ("setup.sh", "run_autograder"):
        template = templates.get_template(f"{name}.j2")
        text = template.render(facts, not_graded=told, torch_index=quoted, torch=torch)
        files[name] = text.encode()
    return dict(sorted(files.items()))


def _requirements(course: Course) -> list[str]:
    """What the course needs, for pip; of torch the version that is used here."""
    from graders.toml import project_in

    mend = (
        "An autograder takes what it installs from `dependencies` in its [project] table: mend it."
    )
    needs = project_in(course.root, ("dependencies",), mend)["dependencies"]
    torch = importlib.metadata.version("torch").partition("+")[0]
    others = [need for need in needs if not re.match(r"torch\b", need)]
    return [*others, f"torch=={torch}"]
