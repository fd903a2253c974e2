"""How well learner code is shut in on this machine, as four levels."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ..errors import CourseError
from .canaries import ATTEMPTS, DISK, FILES

LEVELS = {
    "A": "as B, with a disk of bounded size and a network of its own",
    "B": "files, network, processes and memory are out of reach",
    "C": "network, processes and memory are out of reach, but what you can read it can read",
    "D": "a process of its own with limits: that is against accidents, not against intent",
}
ENOUGH = "B"  # for the work of people one does not know
OPTION = "--require-sandbox {level}"  # how to ask for less
NOT_COVERED = "names, sizes and dates of files; faults of the kernel itself"


@dataclass(frozen=True)
class Protection:
    """What was found to hold here, by trying it."""

    level: str
    layers: tuple[str, ...] = ()  # that are on
    off: Mapping[str, str] = field(default_factory=dict)  # why the others are not
    open: Collection[str] = ()  # the attempts that got through
    broken: Mapping[str, str] = field(default_factory=dict)  # honest work that all layers break
    tried: bool = True  # whether a worker tried, or this follows from the kind of system

    def require(self, level: str, option: str = OPTION) -> None:
        """CourseError if this is less than ``level``, or if that is none.

        Args:
            option: what one types to ask for another ``{level}``, in the words of the error.
        """
        if level not in LEVELS:  # which "b" would be, and less than D
            asked = option.format(level=level)
            raise CourseError(f"{asked}: expected a level of isolation, {', '.join(LEVELS)}.")
        if self.level <= level:
            return
        raise CourseError(
            f"Level {level} ({LEVELS[level]}) is required to run the work of other people. Found: "
            f"level {self.level} ({LEVELS[self.level]}). `course doctor` says what is missing and "
            f"how to mend it. To grade all the same: {option.format(level=self.level)}."
        )


def level_of(open_attempts: Collection[str]) -> str:
    """The level at which some attempts got through."""
    reached = {ATTEMPTS[name][0] for name in open_attempts}
    beyond: dict[str, set[str]] = {"A": set(), "B": {DISK}, "C": {DISK, FILES}}
    return next((level for level, known in beyond.items() if reached <= known), "D")
