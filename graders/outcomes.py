"""How running a learner's code can end, other than with tensors."""

from __future__ import annotations

import hashlib
from enum import Enum, IntEnum

from .errors import printable


class Outcome(str, Enum):
    """The outcome of one check."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_STARTED = "not_started"
    LIMIT = "limit"
    ERROR = "error"


DIGEST = "sha256:"


class RunFailure(Exception):
    """A learner's code gave no tensors to judge. ``message`` says in words why."""

    outcome = Outcome.ERROR

    def __init__(self, message: str) -> None:
        self.message = printable(message)
        super().__init__(self.message)

    @property
    def digest(self) -> str:
        """Equal for failures in the same words; where they were raised may differ.

        Of a recorded failure it is all that is known: an error's text can be part of an answer.
        """
        if self.message.startswith(DIGEST):
            return self.message
        words = f"{self.outcome.value} {self.message.partition(' (')[0]}"
        return DIGEST + hashlib.sha256(words.encode()).hexdigest()[:16]


class NotStarted(RunFailure):
    """The stub is still in place."""

    outcome = Outcome.NOT_STARTED


class WrongReturn(RunFailure):
    """It ran, but what it returned is not of the kind that was asked for."""

    outcome = Outcome.FAILED


class Crashed(RunFailure):
    """It could not be imported or called, raised, or ended its process."""


class OverLimit(RunFailure):
    """It took more time or memory than a check may take."""

    outcome = Outcome.LIMIT


FAILURES: dict[Outcome, type[RunFailure]] = {
    kind.outcome: kind for kind in (NotStarted, WrongReturn, Crashed, OverLimit)
}


class RefusalCode(IntEnum):
    """How a call that ought to be refused ended."""

    RETURNED = 0
    VALUE_ERROR = 1
    TYPE_ERROR = 2
    INDEX_ERROR = 3
    OTHER = 4

    @classmethod
    def of(cls, error: Exception) -> RefusalCode:
        for kind, code in (
            (ValueError, cls.VALUE_ERROR),
            (TypeError, cls.TYPE_ERROR),
            (IndexError, cls.INDEX_ERROR),
        ):
            if isinstance(error, kind):
                return code
        return cls.OTHER
