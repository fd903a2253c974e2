"""Open a file at a line, in the editor that the user has chosen."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

from graders.errors import CourseError

# how editors are told the line, by the name of their command
PLUS_LINE = (
    "vi",
    "vim",
    "nvim",
    "gvim",
    "mvim",
    "nano",
    "pico",
    "emacs",
    "emacsclient",
    "kak",
    "micro",
)
COLON_LINE = ("subl", "hx", "helix", "zed", "mate", "lapce")
GO_TO = ("code", "code-insiders", "codium", "cursor", "windsurf")
LINE_OPTION = ("idea", "pycharm", "charm", "kate", "gedit", "xed")


def arguments(editor: str, path: str, line: str) -> list[str]:
    """The command line that opens ``path`` at ``line``; an unknown editor is given the path alone."""
    command = shlex.split(editor, posix=os.name != "nt")
    name = Path(command[0].strip('"')).stem.lower()
    if name in GO_TO:
        return [*command, "--goto", f"{path}:{line}"]
    if name in COLON_LINE:
        return [*command, f"{path}:{line}"]
    if name in PLUS_LINE:
        return [*command, f"+{line}", path]
    if name in LINE_OPTION:
        return [*command, "--line", line, path]
    if name == "notepad++":
        return [*command, f"-n{line}", path]
    return [*command, path]


def is_text(path: str) -> bool:
    """Whether a file is there and is UTF-8 text, for which editors are made."""
    try:
        Path(path).read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return True


def open_place(place: str) -> bool:
    """Open ``place`` (path:line, or a path) in $VISUAL or $EDITOR; False if neither is set.

    Raises:
        CourseError: the editor cannot be started, or ends with an error.
    """
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    if not editor.strip():
        return False
    match = re.fullmatch(r"(.*):(\d+)", place)
    path, line = (match[1], match[2]) if match else (place, "1")
    try:
        code = subprocess.run(arguments(editor, path, line), check=False).returncode
        why = f"it ended with exit code {code}" if code else ""
    except (OSError, ValueError) as error:
        why = str(error)
    if why:
        raise CourseError(
            f"The editor {editor!r} did not open {place}: {why}. Set $VISUAL or $EDITOR to a command "
            "such as nano, vim or 'code --wait', or open the file yourself."
        )
    return True
