"""``course export canvas``: fill one column of a gradebook that Canvas exported."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tools.results import Results

    from .canvas_file import CanvasFile, Student

EXCUSED = "EX"
HUNDREDTH = Decimal("0.01")
MATCH = {"id": "ID", "user": "SIS User ID", "login": "SIS Login ID", "name": "name"}


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--gradebook",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Your own export: in Canvas, Grades, Export.",
)
@click.option(
    "--column", required=True, metavar="TITLE", help='The assignment, as in: "Attention (123)".'
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to write the filled gradebook, for Grades, Import.",
)
@click.option(
    "--match",
    "by",
    type=click.Choice([*MATCH]),
    help="Look for students by this alone: Canvas' ID, SIS User ID, SIS Login ID, or name.",
)
@click.option("--scale", is_flag=True, help="Turn points into those of Canvas where they differ.")
def command(
    results: Path, gradebook: Path, column: str, out: Path, by: str | None, scale: bool
) -> int:
    """Fill one column of a Canvas gradebook with the points in RESULTS. All else stays as it is.

    RESULTS is the folder that `course grade … --out` wrote, or what `--json` wrote. Students are
    found by ID, SIS User ID, SIS Login ID, then name. What could not be graded and who is excused
    (EX) stays as it is.

    Exit code 0: each report is in the gradebook. 1: some are not. 2: nothing was written.
    """
    from graders.errors import CourseError
    from graders.files import write_whole
    from graders.manifest import find_course
    from tools.results import read_results

    from .canvas_file import KEYS, CanvasFile
    from .canvas_match import match

    found = read_results(find_course(), results)
    canvas = CanvasFile(gradebook)
    if out.exists() and out.samefile(gradebook):
        raise CourseError(
            f"{out} is your export itself, which stays as it is. Name another file: --out NEW.csv"
        )
    place = canvas.column(column)
    factor = _factor(canvas, place, found, scale)
    points = {
        report.submission: None if report.error else report.score for report in found.reports()
    }
    whose = match(points, canvas.students, [MATCH[by]] if by else KEYS)
    told = Told(canvas, place)
    values = {}
    for name, student in whose.items():
        value = _written(points[name], factor, canvas, place)
        if told.note(name, student, value):
            values[student.row] = str(value)
    write_whole(out, canvas.filled(place, values))
    missing = {student.row for student in whose.values()}
    told.lost = [name for name in points if name not in whose]
    told.without = [str(one) for one in canvas.students if one.row not in missing]
    told.show(column, out)
    gaps = found.say_gaps()
    return int(bool(told.lost or told.ungraded or gaps))


class Told:
    """What happens to the cells of a column, for people."""

    def __init__(self, canvas: CanvasFile, column: int) -> None:
        self._canvas, self._column = canvas, column
        self.new, self.changed, self.same = 0, 0, 0
        self.excused: list[str] = []
        self.ungraded: list[str] = []
        self.lost: list[str] = []  # reports that are nobody's
        self.without: list[str] = []  # students without a report

    def note(self, name: str, student: Student, value: str | None) -> bool:
        """Whether the value is to be written."""
        before = self._canvas.cell(student, self._column)
        if before.upper() == EXCUSED:
            self.excused.append(name)
        elif value is None:
            self.ungraded.append(name)
        elif _number(before) == _number(value):
            self.same += 1
        else:
            self.new += not before
            self.changed += bool(before)
            return True
        return False

    def show(self, column: str, out: Path) -> None:
        from graders.errors import printable

        click.echo(
            f"{column}: {self.new} new, {self.changed} changed, {self.same} as before; in {out}"
        )
        for words, names in (
            ("excused (EX), left as they are", self.excused),
            ("could not be graded, left as they are", self.ungraded),
            ("reports of nobody in the gradebook", self.lost),
            ("in the gradebook without a report", self.without),
        ):
            if names:
                click.echo(f"{words}: {len(names)}")
                for name in names:
                    click.echo(f"    {printable(name)}")


def _factor(canvas: CanvasFile, column: int, found: Results, scale: bool) -> Decimal:
    """By what points are multiplied. CourseError where Canvas counts in others, and no --scale."""
    from graders.errors import CourseError

    possible = _number(canvas.points_possible(column))
    if possible is None or possible == found.module.points:
        return Decimal(1)
    if not scale:
        raise CourseError(
            f"Canvas counts {possible} points for {canvas.header[column]!r}, and module "
            f"{found.module.id} has {found.module.points}. Give the assignment "
            f"{found.module.points} points in Canvas and export again, or convert them: --scale"
        )
    return possible / found.module.points


def _written(points: int | None, factor: Decimal, canvas: CanvasFile, column: int) -> str | None:
    """Points as this gradebook has numbers: with a comma where the points possible have one."""
    if points is None:
        return None
    scaled = (points * factor).quantize(HUNDREDTH, ROUND_HALF_UP)
    text = f"{scaled:f}".rstrip("0").rstrip(".")
    decimal_comma = canvas.delimiter == ";" and "," in canvas.points_possible(column)
    return text.replace(".", ",") if decimal_comma else text


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
