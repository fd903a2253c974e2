"""``torch``, loaded on first use, so that naming a scenario costs the deciding process nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch as torch
else:

    class _LazyTorch:
        def __getattr__(self, name: str) -> Any:
            import torch  # a statement: that costs a tenth of a call where it is loaded

            return getattr(torch, name)

    torch = _LazyTorch()
