"""Where the time of a step goes, and how its gradients are."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from torch import Tensor, nn


class StepTimer:
    """Measures the parts of a step, each under a name.

    >>> timer = StepTimer()
    >>> for _ in range(3):
    ...     with timer.measure("forward"):
    ...         pass
    >>> timer.summary()["forward"][0]
    3

    The first calls of a part often take longer, while memory is found and kernels are chosen: the
    first ``skip`` blocks of each name do not count.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter, skip: int = 0) -> None:
        """
        Args:
            clock: gives the time in seconds. It is asked twice for each block, before and after it.
            skip: at least 0.
        """
        ### BEGIN SOLUTION
        self._clock, self._skip = clock, skip
        self._seconds: dict[str, list[float]] = {}
        ### END SOLUTION

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        """A ``with`` block whose time is taken, also where an exception, which is let pass, ends it.

        Blocks may stand in one another; each is measured on its own.
        """
        ### BEGIN SOLUTION
        began = self._clock()
        try:
            yield
        finally:
            self._seconds.setdefault(name, []).append(self._clock() - began)
        ### END SOLUTION

    def summary(self) -> dict[str, tuple[int, float]]:
        """For each name with a block that counts: how many count, and their mean time in seconds."""
        ### BEGIN SOLUTION
        counted = {name: taken[self._skip :] for name, taken in self._seconds.items()}
        return {name: (len(s), sum(s) / len(s)) for name, s in counted.items() if s}
        ### END SOLUTION


def gradient_norms(model: nn.Module) -> dict[str, Tensor]:
    """The Euclidean norm of the gradient of each parameter, by its name.

    Returns:
        for each parameter that has a gradient, under its name in ``named_parameters``, a tensor of
        shape [] in the dtype of the gradient, which carries no gradient itself. The gradients stay
        as they are.
    """
    ### BEGIN SOLUTION
    return {
        name: weight.grad.detach().norm()
        for name, weight in model.named_parameters()
        if weight.grad is not None
    }
    ### END SOLUTION


def find_unhealthy(
    norms: Mapping[str, Tensor], low: float = 1e-8, high: float = 1e3
) -> dict[str, str]:
    """Which gradients are in trouble, judged by their norms, and how.

    Returns:
        by name, and only for those in trouble: "not finite" for NaN and infinity, "vanishing" below
        ``low``, "exploding" above ``high``.
    """
    ### BEGIN SOLUTION
    found = {}
    for name, norm in norms.items():
        if not norm.isfinite():
            found[name] = "not finite"
        elif norm < low:
            found[name] = "vanishing"
        elif norm > high:
            found[name] = "exploding"
    return found
    ### END SOLUTION
