"""Stands in for ``feedforward.py`` where later modules are graded: torch's own layers in a row."""

from __future__ import annotations

from torch import Tensor, nn


class FeedForward(nn.Sequential):
    """Linear, GELU, Linear, Dropout."""

    def __init__(self, d_model: int, d_ff: int, dropout: float = 0.1, bias: bool = True) -> None:
        super().__init__()
        if min(d_model, d_ff) < 1:
            raise ValueError(f"widths {d_model} and {d_ff}: both must be positive")
        self.d_model = d_model
        self.add_module("fc1", nn.Linear(d_model, d_ff, bias))
        self.add_module("gelu", nn.GELU())
        self.add_module("fc2", nn.Linear(d_ff, d_model, bias))
        self.add_module("drop", nn.Dropout(dropout))

    def forward(self, x: Tensor) -> Tensor:
        """[..., D] -> [..., D]."""
        if x.shape[-1] != self.d_model:
            raise ValueError(f"the input is {x.shape[-1]} wide, the layer {self.d_model}")
        for layer in self:
            x = layer(x)  # (..., F), (..., F), (..., D), (..., D)
        return x
