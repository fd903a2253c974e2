"""What scenarios share: unpacking what came back, gradients, and calls that must be refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from ..calls import Refusals, Scenario
from ..outcomes import RefusalCode, RunFailure, WrongReturn
from ._torch import torch

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

Calls = Sequence[Mapping[str, Any]]  # the arguments of several calls
Weights = Mapping[str, "Tensor"]  # by the key of each in a state_dict
Kind = TypeVar("Kind")


def unpack(result: object, *names: str) -> dict[str, Tensor]:
    """``result`` as a dict, one entry per name; WrongReturn unless it is a tuple of that length."""
    expected = f"a tuple of {len(names)}: ({', '.join(names)})"
    if not isinstance(result, tuple):
        raise WrongReturn(f"it returned {describe(result)}, expected {expected}")
    if len(result) != len(names):
        raise WrongReturn(f"it returned a tuple of {len(result)}, expected {expected}")
    return dict(zip(names, result, strict=True))


def of_kind(result: object, kind: type[Kind]) -> Kind:
    """``result``; WrongReturn unless it is of this type, such as dict."""
    if not isinstance(result, kind):
        raise WrongReturn(f"it returned {describe(result)}, expected a {kind.__name__}")
    return result


def tensor(result: object, name: str) -> Tensor:
    """``result``, of which a scenario uses a method; WrongReturn unless it is a tensor."""
    if not isinstance(result, torch.Tensor):
        raise WrongReturn(f"it returned {describe(result)}, expected one tensor: {name}")
    return result


def number(result: object, name: str) -> Tensor:
    """``result``, an int or a float, as int64[] or float64[]; WrongReturn unless it is one."""
    if isinstance(result, bool) or not isinstance(result, int | float):
        raise WrongReturn(f"`{name}` is {describe(result)}, expected a number of Python's own")
    if isinstance(result, int) and abs(result) >= 2**63:
        raise WrongReturn(f"`{name}` is {result}, far larger than any right answer here")
    return torch.tensor(result, dtype=torch.int64 if isinstance(result, int) else torch.float64)


def code_points(result: object, name: str) -> Tensor:
    """``result``, a text, as its code points, int64[n]; WrongReturn unless it is one."""
    if not isinstance(result, str):
        raise WrongReturn(f"`{name}` is {describe(result)}, expected a text")
    return torch.tensor([ord(character) for character in result], dtype=torch.int64)


def complaint(call: Callable[[], object]) -> Tensor:
    """What the ValueError says that a call raises, as code points; nothing where it raises none."""
    try:
        call()
    except ValueError as error:
        return code_points(str(error), "message")
    return code_points("", "message")


def describe(value: object) -> str:
    """``value`` in a few words: None, its shape, or its type."""
    if value is None:
        return "None (is a `return` missing?)"
    if isinstance(value, torch.Tensor):
        return f"one tensor of shape {[*value.shape]}"
    return f"a {type(value).__name__}"


def leaf(tensor: Tensor) -> Tensor:
    """A copy of ``tensor`` that collects gradients."""
    return tensor.detach().clone().requires_grad_()


def gradients(of: Mapping[str, Tensor], output: Tensor, cotangent: Tensor) -> dict[str, Tensor]:
    """Vector-Jacobian products: the gradient of ``sum(output * cotangent)`` in each leaf of ``of``.

    A leaf that ``output`` does not depend on gets zeros. The names are "gradient of <leaf>", which
    reports keep apart from values.
    """
    if not isinstance(output, torch.Tensor):
        raise WrongReturn(f"the output is {describe(output)}, expected a tensor")
    if output.shape != cotangent.shape:
        # the values are reported as misshapen; a gradient of them would only add noise
        return {}
    if not output.requires_grad:
        raise WrongReturn(
            "the output carries no gradient: was it detached, or computed without torch?"
        )
    # of a scalar: with a cotangent of its own, torch first imports half a second of sympy
    total = (output * cotangent).sum()
    found = torch.autograd.grad(total, [*of.values()], allow_unused=True)
    return {
        f"gradient of {name}": torch.zeros_like(tensor) if gradient is None else gradient
        for (name, tensor), gradient in zip(of.items(), found, strict=True)
    }


def pulled_back(
    call: Callable[..., Tensor],
    name: str,
    given: Mapping[str, Tensor],
    cotangent: Tensor,
    **others: Any,
) -> dict[str, Tensor]:
    """Call with leaves in place of ``given``: what came back, and the ``gradients`` in each of them."""
    leaves = {key: leaf(value) for key, value in given.items()}
    output = call(**leaves, **others)
    return {name: output} | gradients(leaves, output, cotangent)


def scattered(given: Tensor) -> Tensor:
    """The same numbers as a view that is not contiguous in memory."""
    return torch.stack((given, given), dim=-1)[..., 0]


def twice(call: Callable[..., Tensor], name: str, given: Mapping[str, Any]) -> dict[str, Tensor]:
    """Call with tensors as they are, then with views of them, and look at all tensors after."""
    tensors = {key: value for key, value in given.items() if isinstance(value, torch.Tensor)}
    views = {key: scattered(value) for key, value in tensors.items()}
    found = {name: call(**given), f"{name} of a view": call(**{**given, **views})}
    found |= {f"{key} after the call": value for key, value in tensors.items()}
    return found | {f"view of {key} after the call": value for key, value in views.items()}


def load_weights(module: Module, weights: Mapping[str, Tensor | None]) -> dict[str, Tensor]:
    """Copy weights into a module by ``state_dict`` key; the module's own tensors, by key.

    What a module holds beyond ``weights``, and what is None there, stays as it is. WrongReturn says
    which key is missing or has another shape.
    """
    # also under a second name: what is tied, or used twice by mistake, is in the state_dict twice
    own = dict(module.named_parameters(remove_duplicate=False)) | dict(module.named_buffers())
    missing = [key for key in weights if key not in own]
    if missing:
        raise WrongReturn(
            f"its state_dict has no {', '.join(missing)}; found: {', '.join(own) or 'nothing'}. "
            "The names in the docstring decide under which key a weight is kept"
        )
    for key, weight in weights.items():
        if weight is not None and own[key].shape != weight.shape:
            raise WrongReturn(f"{key} has shape {[*own[key].shape]}, expected {[*weight.shape]}")
    for key, weight in weights.items():
        if weight is not None:
            own[key].detach().copy_(weight)  # detached: autograd need not know
    return {key: own[key] for key in weights}


def refusals(call: Callable[..., Mapping[str, Tensor]], calls: Calls) -> Refusals:
    """Make every call of ``calls``; say which were refused, and what the others returned.

    Returns:
        "refused": int64[len(calls)], a RefusalCode for each call; and for call ``i`` that
        returned, its tensors as "<name> of call <i>". What the others raised goes along.
    """
    codes: list[RefusalCode] = []
    errors: list[Exception | None] = []
    returned: dict[str, Tensor] = {}
    for number, arguments in enumerate(calls):
        try:
            result = call(**arguments)
        except (NotImplementedError, RunFailure):  # a file or name that is not there, too
            raise
        except Exception as error:
            codes.append(RefusalCode.of(error))
            errors.append(error)
        else:
            codes.append(RefusalCode.RETURNED)
            errors.append(None)
            returned |= {f"{name} of call {number}": t for name, t in result.items()}
    found = Refusals(refused=torch.tensor([int(code) for code in codes]), **returned)
    found.errors = errors
    return found


def in_chosen_calls(scenario: Scenario) -> Scenario:
    """A scenario that takes ``calls``: ``scenario`` with each of these arguments, see ``refusals``.

    It must stand beside ``scenario``, under the name ``<name of scenario>_in_chosen_calls``.
    """

    def made(tt: Any, calls: Calls) -> dict[str, Tensor]:
        return refusals(lambda **given: scenario(tt, **given), calls)

    made.__module__ = scenario.__module__
    made.__name__ = f"{scenario.__name__}_in_chosen_calls"
    return made
