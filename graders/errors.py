"""The one exception that ends a command with exit code 2, and text that can be shown anywhere."""

from __future__ import annotations

LONGEST = 4000  # characters of a message


class CourseError(Exception):
    """Something could not be done. Its text says what was expected, what was found, what to do."""

    def __init__(self, text: str) -> None:
        super().__init__(printable(text))


class ReferenceFails(CourseError):
    """The reference fails, which is a fault of the course; or of who handed in what it was given."""

    def __init__(self, scenario: str, why: str) -> None:
        self.why = why
        super().__init__(
            f"The reference itself fails in {scenario}: {why}. Mend the reference or the scenario; "
            "nothing was graded with it."
        )


def printable(text: str) -> str:
    """``text`` with everything escaped that is neither a visible character nor a space.

    What learners name and raise ends up on terminals and in files: it must not steer the one, and
    must be UTF-8 in the other. Of a text without bounds only the start is kept.
    """
    if len(text) > LONGEST:
        text = text[:LONGEST] + " …"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
