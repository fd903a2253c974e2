"""A gradebook as Canvas exports it, of which cells can be replaced and nothing else changes."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from graders.errors import CourseError

MARK = "\ufeff"  # of UTF-8, at the start of some files
DELIMITERS = ",;\t"
ASSIGNMENT = re.compile(r".*\S \(\d+\)", re.DOTALL)  # "Title (123)"
POINTS_POSSIBLE, READ_ONLY = "Points Possible", "(read only)"
ID, SIS_USER, SIS_LOGIN, NAME = "ID", "SIS User ID", "SIS Login ID", "name"
KEYS = (ID, SIS_USER, SIS_LOGIN, NAME)  # by which Canvas finds a student, in this order
NAMES = ("Student",), ("LastName", "FirstName")  # the columns that hold a name, in either form
EXPECTED = (
    "Expected a gradebook as Canvas exports it (Grades, Export), with a first line such as: "
    "Student,ID,SIS Login ID,Section,Title (123)"
)


@dataclass(frozen=True)
class Cell:
    """One cell, and where it stands in the text of the file, with its quotes if it has some."""

    start: int
    end: int
    text: str


Row = Sequence[Cell]


@dataclass(frozen=True)
class Student:
    """A row of a student: what of ``KEYS`` is known, and which row of the file it is."""

    row: int
    keys: Mapping[str, str]

    def __str__(self) -> str:
        told = ", ".join(f"{key} {self.keys[key]}" for key in KEYS[:3] if key in self.keys)
        return f"{self.keys.get(NAME, 'nameless')} ({told})" if told else self.keys[NAME]


class CanvasFile:
    """The text of a gradebook, its rows and columns.

    Raises:
        CourseError: it cannot be read, or is no such gradebook.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._text = path.read_bytes().decode()
        except OSError as error:
            raise CourseError(f"{path} cannot be read ({error.strerror}). {EXPECTED}") from None
        except UnicodeDecodeError:
            raise CourseError(
                f"{path} is not UTF-8, as what Canvas exports is. A spreadsheet may have saved it "
                "anew: use the file as it came from Canvas."
            ) from None
        self.delimiter = self._delimiter()
        self.rows: list[Row] = [*self._scan(self.delimiter)]
        self.header = [cell.text for cell in self.rows[0]]
        for name in (ID, SIS_USER, SIS_LOGIN):
            if self.header.count(name) > 1:
                raise CourseError(f"{path} has several columns {name!r}. {EXPECTED}")

    def _delimiter(self) -> str:
        for delimiter in DELIMITERS:
            lines = self._text.removeprefix(MARK).splitlines(keepends=True)
            texts = next(csv.reader(lines, delimiter=delimiter), [])
            if ID in texts and any(texts[: len(names)] == [*names] for names in NAMES):
                return delimiter
        raise CourseError(f"{self.path} is no gradebook of Canvas. {EXPECTED}")

    def _scan(self, delimiter: str) -> Iterator[Row]:
        """The rows, as the ``csv`` module reads them; quotes that it would mend are refused."""
        cell = re.compile(rf'"(?:[^"]|"")*"|[^"{delimiter}\r\n][^{delimiter}\r\n]*|')
        text, place, row = self._text, len(MARK) * self._text.startswith(MARK), list[Cell]()
        while place < len(text):
            found = cell.match(text, place)
            assert found  # it matches nothing, at worst
            raw, place = found[0], found.end()
            quoted = raw.startswith('"')
            row.append(Cell(*found.span(), raw[1:-1].replace('""', '"') if quoted else raw))
            if text.startswith(delimiter, place):
                place += 1
                if place < len(text):
                    continue
                row.append(Cell(place, place, ""))
            elif place < len(text) and text[place] not in "\r\n":
                line = text.count("\n", 0, place) + 1
                raise CourseError(
                    f"{self.path}, line {line}: a quote that does not enclose a whole cell. Export "
                    "the gradebook from Canvas once more, and use the file as it came."
                )
            place += 2 if text.startswith("\r\n", place) else 1
            yield row
            row = []

    def column(self, title: str) -> int:
        """The place of an assignment's column.

        Raises:
            CourseError: there is none, there are several, or Canvas would not read it.
        """
        places = [n for n, text in enumerate(self.header) if text.strip() == title.strip()]
        known = [text for text in self.header if ASSIGNMENT.fullmatch(text)]
        if not places:
            near = get_close_matches(title, known, n=1)
            guess = f" Did you mean {near[0]!r}?" if near else ""
            listed = ", ".join(map(repr, known)) or "none"
            raise CourseError(
                f"{self.path} has no column {title!r}.{guess} Its assignments: {listed}."
            )
        if len(places) > 1:
            raise CourseError(
                f"{self.path} has {len(places)} columns {title!r}. Leave one of them in the file."
            )
        if not ASSIGNMENT.fullmatch(title.strip()) or READ_ONLY in self.points_possible(places[0]):
            raise CourseError(
                f"{title!r} is no column of an assignment that Canvas reads again. Those of "
                f"{self.path} are: {', '.join(map(repr, known)) or 'none'}."
            )
        return places[0]

    def points_possible(self, column: int) -> str:
        """What the row of points says of a column; "" where there is none."""
        for row in self.rows[1:]:
            if row[0].text.strip() == POINTS_POSSIBLE:
                return row[column].text.strip() if column < len(row) else ""
        return ""

    @property
    def students(self) -> list[Student]:
        """All rows but the header, the points, and those in which nobody is named."""
        names = next(names for names in NAMES if self.header[: len(names)] == [*names])
        places = {key: self.header.index(key) for key in KEYS[:3] if key in self.header}
        found = []
        for number, row in enumerate(self.rows[1:], start=1):
            texts = [cell.text.strip() for cell in row]
            if texts[0] == POINTS_POSSIBLE:
                continue
            keys = {key: texts[place] for key, place in places.items() if place < len(texts)}
            keys[NAME] = ", ".join(text for text in texts[: len(names)] if text)
            keys = {key: text for key, text in keys.items() if text}
            if keys:
                found.append(Student(number, keys))
        return found

    def cell(self, student: Student, column: int) -> str:
        """What stands in a student's row.

        Raises:
            CourseError: the row is too short.
        """
        row = self.rows[student.row]
        if column >= len(row):
            raise CourseError(
                f"{self.path}: the row of {student} has {len(row)} cells, and the first line "
                f"{len(self.header)}. Export the gradebook from Canvas once more."
            )
        return row[column].text.strip()

    def filled(self, column: int, values: Mapping[int, str]) -> bytes:
        """The file with other texts in one column: by row, plain numbers that need no quotes."""
        pieces, place = [], 0
        for number in sorted(values):
            cell = self.rows[number][column]
            pieces += [self._text[place : cell.start], values[number]]
            place = cell.end
        return "".join([*pieces, self._text[place:]]).encode()
