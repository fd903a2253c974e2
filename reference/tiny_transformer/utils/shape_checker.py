"""Shapes: say what you expect, find out where a wrong one comes from.

Letters in the shape comments: B batch, T sequence, D width.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle


def check_shape(
    tensor: Tensor, expected: str, name: str = "tensor", **sizes: int
) -> dict[str, int]:
    """Compare the shape of a tensor with a description of it, and learn the sizes it leaves open.

    ``expected`` describes the axes in order, with blanks between them: a number is the size itself,
    a word such as ``B`` or ``heads`` names a size. A name stands for one size throughout: the one
    given in ``sizes``, or else the one where it comes first. ``...`` may stand at the start, for any
    number of axes of any size, also none.

    >>> from torch import zeros
    >>> check_shape(zeros(2, 5, 8), "B T 8")
    {'B': 2, 'T': 5}

    Returns:
        all sizes by name, those that were given included.

    Raises:
        ValueError: the number of axes or a size is another one. The message holds ``name``; where a
            size is wrong, also that size and the one expected.
    """
    ### BEGIN SOLUTION
    words, shape = expected.split(), tensor.shape
    if words[0] == "...":
        words = words[1:]
        shape = shape[max(0, len(shape) - len(words)) :]  # the last axes
    if len(words) != len(shape):
        raise ValueError(f"{name} has shape {[*tensor.shape]}, expected {expected}")
    for word, size in zip(words, shape, strict=True):
        wanted = int(word) if word.isdecimal() else sizes.setdefault(word, size)
        if size != wanted:
            raise ValueError(
                f"{name} has shape {[*tensor.shape]}, expected {expected}: {word} is {size} here, "
                f"expected {wanted}"
            )
    return sizes
    ### END SOLUTION


def assert_batch_consistency(**tensors: Tensor) -> int:
    """The batch size (size of the first axis) that all these tensors share.

    Raises:
        ValueError: there are no tensors, one has no axes, or they do not agree. Where they do not
            agree, the message holds the name of each tensor, with its batch size.
    """
    ### BEGIN SOLUTION
    batch_sizes = {name: tensor.shape[0] for name, tensor in tensors.items() if tensor.dim()}
    if len(batch_sizes) < max(1, len(tensors)) or len({*batch_sizes.values()}) != 1:
        raise ValueError(f"expected one batch size and at least one tensor, got {batch_sizes}")
    return next(iter(batch_sizes.values()))
    ### END SOLUTION


class ShapeTracer:
    """Writes down what shape comes out of each part of a model while a ``with`` block lasts.

    >>> model = nn.Sequential(nn.Linear(8, 3), nn.ReLU())
    >>> with ShapeTracer(model) as tracer:
    ...     output = model(torch.zeros(2, 8))
    >>> tracer.shapes
    [('0', (2, 3)), ('1', (2, 3)), ('', (2, 3))]

    ``shapes`` lists, in the order in which they come back, the name (as in ``named_modules``) and the
    shape of the output of every call of the model and of each module in it, however deep. Of an
    output that is a tuple or a list the first tensor in it counts; an output without one is left
    out. What the model computes stays as it is. After the block, also one left by an exception, the
    model has no hook of the tracer any more, and ``shapes`` stays as it is.
    """

    def __init__(self, model: nn.Module) -> None:
        ### BEGIN SOLUTION
        self.model = model
        self.shapes: list[tuple[str, tuple[int, ...]]] = []
        self._handles: list[RemovableHandle] = []
        ### END SOLUTION

    def __enter__(self) -> ShapeTracer:
        ### BEGIN SOLUTION
        for name, module in self.model.named_modules():

            def note(_: nn.Module, __: Any, output: Any, name: str = name) -> None:
                several = output if isinstance(output, tuple | list) else [output]
                found = [tuple(part.shape) for part in several if isinstance(part, Tensor)]
                self.shapes += [(name, shape) for shape in found[:1]]

            self._handles.append(module.register_forward_hook(note))
        return self
        ### END SOLUTION

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        ### BEGIN SOLUTION
        for handle in self._handles:
            handle.remove()
        ### END SOLUTION

    def table(self) -> str:
        """What was written down, a line for each call, for people to read."""
        return "\n".join(f"{name or '(model)':<32} {[*shape]}" for name, shape in self.shapes)
