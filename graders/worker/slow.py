"""What torch imports only when it is first called, and takes long for."""

from __future__ import annotations

from collections.abc import Iterable

# a word in a learner's code -> the module that is imported when it runs
SLOW = {b"broadcast_shapes": "torch.fx.experimental.symbolic_shapes"}


def slow_imports(texts: Iterable[bytes]) -> tuple[str, ...]:
    """The modules that code like this will import: workers have them from the zygote."""
    code = b"\n".join(texts)
    return tuple(module for word, module in SLOW.items() if word in code)
