"""The feed-forward layer: each position thinks for itself, in a wider space.

Letters in the shape comments: "..." any leading dims, D = d_model, F = d_ff.

Sources: Vaswani et al., "Attention Is All You Need", 2017, section 3.3,
https://arxiv.org/abs/1706.03762; GELU: Hendrycks & Gimpel, 2016, https://arxiv.org/abs/1606.08415
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


class FeedForward(nn.Module):
    """fc2(GELU(fc1(x))), then dropout, at each position alone. GELU is the exact one (erf)."""

    def __init__(self, d_model: int, d_ff: int, dropout: float = 0.1, bias: bool = True) -> None:
        """
        Args:
            d_model: width D of input and output.
            d_ff: width F in between.
            dropout: chance to drop each entry of the output in training, from 0 to 1.
            bias: whether the two Linear layers, ``fc1`` and ``fc2``, have one.

        Raises:
            ValueError: a width is below 1, or ``dropout`` is out of range.
        """
        super().__init__()
        ### BEGIN SOLUTION
        if d_model < 1 or d_ff < 1:
            raise ValueError(
                f"d_model is {d_model} and d_ff is {d_ff}, expected at least 1 of each"
            )
        self.fc1 = nn.Linear(d_model, d_ff, bias=bias)
        self.fc2 = nn.Linear(d_ff, d_model, bias=bias)
        self.dropout = nn.Dropout(dropout)
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """[..., D] -> [..., D]. ValueError where the width of ``x`` is not D."""
        ### BEGIN SOLUTION
        if x.size(-1) != self.fc1.in_features:
            raise ValueError(f"x has width {x.size(-1)}, expected {self.fc1.in_features}")
        hidden = functional.gelu(self.fc1(x))  # (..., F)
        return self.dropout(self.fc2(hidden))  # (..., D)
        ### END SOLUTION
