"""Multi-head attention: several attentions side by side, each in its own slice of the width.

Letters in the shape comments: B batch, T_q and T_k number of queries and keys, D = d_model,
H = n_heads, d_k = D / H.

Source: Vaswani et al., "Attention Is All You Need", 2017, section 3.2.2,
https://arxiv.org/abs/1706.03762
"""

from __future__ import annotations

from torch import Tensor, nn

from .attention import Attention


class MultiHeadAttention(nn.Module):
    """Project, split into heads, attend in each, put together, project (section 3.2.2).

    Parameters: Linear layers ``W_q``, ``W_k``, ``W_v`` and ``W_o``, each D to D.
    """

    def __init__(self, d_model: int, n_heads: int, dropout: float = 0.1, bias: bool = True) -> None:
        """
        Args:
            d_model: width D of the inputs, of the output, and of all heads together.
            n_heads: number of heads H, a divisor of ``d_model``.
            dropout: chance to drop each attention weight in training, from 0 to 1.
            bias: whether the four projections have one.

        Raises:
            ValueError: ``n_heads`` does not divide ``d_model``, one of them is below 1, or
                ``dropout`` is out of range.
        """
        super().__init__()
        ### BEGIN SOLUTION
        if d_model < 1 or n_heads < 1 or d_model % n_heads != 0:
            raise ValueError(
                f"d_model is {d_model} and n_heads is {n_heads}, expected n_heads to divide d_model"
            )
        self.n_heads = n_heads
        self.d_k = d_model // n_heads
        self.W_q = nn.Linear(d_model, d_model, bias=bias)
        self.W_k = nn.Linear(d_model, d_model, bias=bias)
        self.W_v = nn.Linear(d_model, d_model, bias=bias)
        self.W_o = nn.Linear(d_model, d_model, bias=bias)
        self.attention = Attention(dropout)
        ### END SOLUTION

    def split_heads(self, x: Tensor) -> Tensor:
        """[B, T, D] -> [B, H, T, d_k]: head h gets columns h * d_k to (h + 1) * d_k - 1."""
        ### BEGIN SOLUTION
        return x.unflatten(-1, (self.n_heads, self.d_k)).transpose(1, 2)  # (B, H, T, d_k)
        ### END SOLUTION

    def combine_heads(self, x: Tensor) -> Tensor:
        """[B, H, T, d_k] -> [B, T, D]: the inverse of ``split_heads``."""
        ### BEGIN SOLUTION
        return x.transpose(1, 2).flatten(-2)  # (B, T, D)
        ### END SOLUTION

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """
        Args:
            query: [B, T_q, D]
            key, value: [B, T_k, D]
            mask: boolean (True: may attend) or additive float, of shape [T_q, T_k] for all, [B, T_q,
                T_k] one per sequence (also when B == H), or [B, 1 or H, T_q, T_k].

        Returns:
            output [B, T_q, D], and the weights of each head [B, H, T_q, T_k], as they were before
            dropout. A query that may attend to nothing gets weights 0, and the bias of ``W_o``.

        Raises:
            ValueError: an input is not [B, T, D], key and value differ in T_k, or the mask does not
                fit.
            TypeError or ValueError: the mask is neither boolean nor floating point.
        """
        ### BEGIN SOLUTION
        for name, x in (("query", query), ("key", key), ("value", value)):
            if x.dim() != 3 or x.size(-1) != self.W_q.in_features:
                expected = f"[B, T, {self.W_q.in_features}]"
                raise ValueError(f"{name} has shape {[*x.shape]}, expected {expected}")
        q = self.split_heads(self.W_q(query))  # (B, H, T_q, d_k)
        k = self.split_heads(self.W_k(key))  # (B, H, T_k, d_k)
        v = self.split_heads(self.W_v(value))  # (B, H, T_k, d_k)
        if mask is not None and mask.dim() == 3:
            mask = mask.unsqueeze(1)  # (B, 1, T_q, T_k) one per sequence, for all its heads
        output, weights = self.attention(q, k, v, mask)  # (B, H, T_q, d_k), (B, H, T_q, T_k)
        return self.W_o(self.combine_heads(output)), weights  # (B, T_q, D), (B, H, T_q, T_k)
        ### END SOLUTION
