"""Tables of TOML, checked key by key; what is wrong is refused with the file, the line and the mend."""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from .errors import CourseError
from .toml import tomllib

KINDS = {int: "an integer", str: "a text", list: "a list", dict: "a table"}
Table = dict[str, Any]


class Tables:
    """A file of TOML tables."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CourseError(f"{path}: cannot be read as UTF-8 text ({error}).") from None
        try:
            self.data = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"line (\d+)", str(error))
            line = int(found[1]) if found else len(self.text.splitlines())
            raise self.error(line, f"this is not valid TOML: {error}", "mend this line") from None

    def error(self, line: int, wrong: str, mend: str) -> CourseError:
        return CourseError(f"{self.path}, line {line}: {wrong}. To mend it: {mend}.")

    def wrong(self, header: str, index: int, key: str, problem: str, mend: str) -> CourseError:
        """What is wrong of a key in a table."""
        return self.error(self.line_of(header, index, key), problem, mend)

    def line_of(self, header: str, index: int = 0, key: str = "") -> int:
        """Line of the ``index``-th table with this header, or of ``key`` inside that table."""
        lines = self.text.splitlines()
        if not header:  # the top of the file: its "keys" are the tables
            tables = [n for n, t in enumerate(lines) if re.match(rf"\[*{re.escape(key)}\b", t)]
            return tables[0] + 1 if tables else 1
        starts = [n for n, text in enumerate(lines) if text.split("#")[0].strip() == header]
        if index >= len(starts):
            return 1
        start = starts[index]
        if key:
            for n in range(start + 1, len(lines)):
                if lines[n].startswith("["):
                    break
                if re.match(rf"\s*{re.escape(key)}\s*=", lines[n]):
                    return n + 1
        return start + 1

    def take(self, table: Table, header: str, index: int, fields: dict[str, Any]) -> Table:
        """Check one table against ``fields`` (key -> type, or (type, default))."""
        if not isinstance(table, dict):
            inner = header.strip("[]").rpartition(".")  # "module" or, below one, "exercise"
            line = self.line_of(f"[[{inner[0]}]]" if inner[0] else "", 0, inner[2])
            wrong = f"{inner[2]} holds {table!r}, a {type(table).__name__}"
            raise self.error(line, wrong, f"write a table {header} for each")
        for key in table:
            if key not in fields:
                near = get_close_matches(key, fields, n=1)
                mend = f"write {near[0]}" if near else f"remove it; known: {', '.join(fields)}"
                raise self.wrong(header, index, key, f"unknown key {key!r}", mend)
        values: Table = {}
        for key, kind in fields.items():
            kind, *default = kind if isinstance(kind, tuple) else (kind,)
            if key not in table:
                if not default and not header:
                    name = f"[[{key}]]" if kind is list else f"[{key}]"
                    raise self.error(1, f"there is no {name}", f"add a table {name}")
                if not default:
                    problem, mend = f"{header} has no {key!r}", f"add `{key} = …` below it"
                    raise self.wrong(header, index, "", problem, mend)
                values[key] = default[0]
                continue
            value = table[key]
            if not isinstance(value, kind) or isinstance(value, bool):
                problem = f"{key} is {value!r}, a {type(value).__name__}"
                raise self.wrong(header, index, key, problem, f"give {KINDS[kind]}")
            values[key] = value
        return values
