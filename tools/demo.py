"""``make demo``: a student copy, four submissions, their grades, in a scratch folder."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from rich.console import Console

from graders.course import Course
from graders.manifest import find_course
from graders.mistakes import load_variants

from .grading import grade_paths
from .house import OWN
from .options import Options
from .releasing import make_copy

MODULE = "01"
STYLE = Path("tests") / "solutions" / "01_attention" / "einsum"
LOOP = """

def scaled_dot_product_attention(*arguments, **options):
    while True:
        pass
"""


def make_submissions(course: Course, copy: Path, folder: Path) -> list[Path]:
    """Four learners: nothing done, all right in another style, a classic mistake, an endless loop."""
    made = []
    for name in ("untouched", "other_style", "not_scaled", "endless_loop"):
        package = folder / name / course.package
        shutil.copytree(copy / course.package, package)
        if name != "untouched":
            shutil.copytree(course.root / STYLE, package, dirs_exist_ok=True)
        made.append(package.parent)
    reference = course.root / "reference" / course.package
    variants = load_variants(course, course.module(MODULE))
    variant = next(v for v in variants if v.mistake.title == "the scores are not scaled")
    (folder / "not_scaled" / course.package / variant.file).write_text(variant.apply(reference))
    loop = folder / "endless_loop" / course.package / variant.file
    loop.write_text(loop.read_text(encoding="utf-8") + LOOP, encoding="utf-8")
    return made


def main() -> None:
    """Run the demo in the folder named on the command line; what stood there before is replaced."""
    scratch = Path(sys.argv[1])
    if scratch.exists():
        shutil.rmtree(scratch)
    scratch.mkdir(parents=True)
    course = find_course()
    console = Console()

    console.rule("1. a student copy")
    copy = scratch / "copy"
    make_copy(course, [course.module(MODULE)], copy, console)

    console.rule("2. four submissions")
    paths = make_submissions(course, copy, scratch / "submissions")
    console.print("untouched stubs, another style, a classic mistake, an endless loop")

    console.rule("3. their grades")
    grades = scratch / "grades"
    grade_paths(MODULE, [scratch / "submissions"], Options(out=grades, level=OWN))  # we wrote them

    console.rule("where things are")
    console.print(f"student copy   {copy}", f"submissions    {scratch / 'submissions'}", sep="\n")
    console.print(f"results        {grades / 'index.html'}, grades.csv, grades.xml", soft_wrap=True)
    course_command = Path(sys.executable).with_name("course")
    here, there = (os.path.relpath(course_command, start) for start in (Path.cwd(), copy))
    console.print("\nWhat to type next, as a learner and as an instructor:")
    console.print(f"  cd {copy} && {there} grade 01", soft_wrap=True)
    console.print(f"  {here} grade 01 {paths[2]}", soft_wrap=True)


if __name__ == "__main__":
    main()
