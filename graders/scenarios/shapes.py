"""Scenarios of module 08, ``utils/shape_checker.py``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..outcomes import WrongReturn
from ._torch import torch
from .tools import complaint, in_chosen_calls, number, of_kind

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

MOST_AXES = 5


def check_shape(
    tt: Any, shape: Sequence[int], expected: str, sizes: Mapping[str, int]
) -> dict[str, Tensor]:
    """Compare a tensor of zeros with a description; the sizes that came back."""
    found = of_kind(
        tt.utils.shape_checker.check_shape(torch.zeros([*shape]), expected, **sizes), dict
    )
    sizes_found = {
        f"size of {name}": number(size, f"size of {name}") for name, size in found.items()
    }
    return {"number of sizes": torch.tensor(len(found)), **sizes_found}


check_shape_in_chosen_calls = in_chosen_calls(check_shape)


def shape_message(
    tt: Any, shape: Sequence[int], expected: str, name: str, sizes: Mapping[str, int]
) -> dict[str, Tensor]:
    """What is said of a wrong shape."""
    check = tt.utils.shape_checker.check_shape
    given = torch.zeros([*shape])
    return {"message": complaint(lambda: check(given, expected, name=name, **sizes))}


def batch_size(tt: Any, shapes: Mapping[str, Sequence[int]]) -> dict[str, Tensor]:
    """The batch size that tensors of these shapes share."""
    tensors = {name: torch.zeros([*shape]) for name, shape in shapes.items()}
    size = tt.utils.shape_checker.assert_batch_consistency(**tensors)
    return {"batch size": number(size, "batch size")}


batch_size_in_chosen_calls = in_chosen_calls(batch_size)


def batch_message(tt: Any, shapes: Mapping[str, Sequence[int]]) -> dict[str, Tensor]:
    """What is said of tensors that do not agree."""
    return {"message": complaint(lambda: batch_size(tt, shapes))}


def _traced_model(width: int, inner: int) -> Module:
    """Modules in modules; one gives a tuple, one a list, one no tensor, one is called twice."""
    nn = torch.nn

    class Attend(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.project = nn.Sequential(nn.Linear(width, inner), nn.Tanh())

        def forward(self, x: Tensor) -> tuple[Tensor, None]:
            return self.project(x), None

    class Split(nn.Module):
        def forward(self, x: Tensor) -> list[object]:
            return ["a text first", x[:, 0], x]

    class Sizes(nn.Module):
        def forward(self, x: Tensor) -> tuple[int, ...]:
            return tuple(x.shape)

    class Whole(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attend, self.split, self.sizes = Attend(), Split(), Sizes()
            self.shared = nn.Linear(inner, inner)

        def forward(self, x: Tensor) -> Tensor:
            x, _ = self.attend(x)
            _, first, _ = self.split(x)
            self.sizes(x)
            result: Tensor = self.shared(self.shared(x)) + first[:, None]
            return result

    model = Whole().double()
    for n, parameter in enumerate(model.parameters(), start=1):
        parameter.data = (
            torch.linspace(-1.0, 1.0 / n, parameter.numel()).view_as(parameter).double()
        )
    return model


def _written_down(found: object, names: Sequence[str]) -> dict[str, Tensor]:
    """Records of a tracer: the places of the names in ``named_modules``, the shapes filled with -1."""
    rows, places = [], []
    for record in found if isinstance(found, list) else [found]:
        if not (isinstance(record, tuple) and len(record) == 2 and record[0] in names):
            raise WrongReturn("`shapes` is not a list of pairs of a module's name and a shape")
        shape = [int(size) for size in record[1]][:MOST_AXES]
        places.append(names.index(record[0]))
        rows.append(shape + [-1] * (MOST_AXES - len(shape)))
    return {
        "modules": torch.tensor(places, dtype=torch.int64),
        "shapes": torch.tensor(rows, dtype=torch.int64).reshape(-1, MOST_AXES),
    }


def trace(tt: Any, inputs: Sequence[Tensor], inner: int, raises: bool) -> dict[str, Tensor]:
    """Trace calls of a model, one for each of the inputs; call it once more after the block.

    With ``raises``, an exception leaves the block; how many came out of it is told.
    """
    model = _traced_model(inputs[0].shape[-1], inner)
    names = [name for name, _ in model.named_modules()]
    tracer = tt.utils.shape_checker.ShapeTracer(model)
    model(inputs[0])  # before the block: no part of it
    outputs, came_out = [], 0
    try:
        with tracer as entered:
            for given in inputs:
                outputs.append(model(given))
            if raises:
                raise KeyError("out of the block")
    except KeyError:
        came_out = 1
    model(inputs[0])
    found = _written_down(entered.shapes, names)
    found |= {f"output {n}": output for n, output in enumerate(outputs)}
    return found | {"exceptions": torch.tensor(came_out)}
