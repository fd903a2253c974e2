"""The one exception that ends a command with exit code 2."""

from __future__ import annotations


class CourseError(Exception):
    """Something could not be done. Its text says what was expected, what was found, what to do."""
