"""Stand-in for ``model.py``: the same names and numbers, of torch's own layers and functions.

It needs no other file, so that modules after 05 can be graded whatever became of 01 to 05.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


class _Attention(nn.Module):
    def __init__(self, d_model: int, n_heads: int, dropout: float) -> None:
        super().__init__()
        if n_heads < 1 or d_model % n_heads:
            raise ValueError(f"n_heads is {n_heads}, expected a divisor of {d_model}")
        self.n_heads, self.d_k, self.rate = n_heads, d_model // n_heads, dropout
        self.W_q, self.W_k, self.W_v, self.W_o = (nn.Linear(d_model, d_model) for _ in range(4))

    def split_heads(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], self.n_heads, self.d_k).transpose(1, 2)  # (B, H, T, d_k)

    def combine_heads(self, x: Tensor) -> Tensor:
        return x.transpose(1, 2).flatten(-2)  # (B, T, D)

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        q, k, v = (
            self.split_heads(layer(x))  # (B, H, T, d_k)
            for layer, x in ((self.W_q, query), (self.W_k, key), (self.W_v, value))
        )
        if mask is None:
            mask = q.new_zeros(q.size(-2), k.size(-2))  # (T_q, T_k)
        if mask.dtype == torch.bool:
            mask = torch.zeros_like(mask, dtype=q.dtype).masked_fill(~mask, -math.inf)
        elif not mask.is_floating_point():
            raise ValueError(f"mask has dtype {mask.dtype}, expected torch.bool or a float dtype")
        mask = mask.to(q.dtype)  # (T_q, T_k) or (B, T_q, T_k) or (B, 1 or H, T_q, T_k)
        if mask.dim() == 3:
            mask = mask[:, None]  # (B, 1, T_q, T_k)
        scores = q @ k.transpose(-2, -1) / math.sqrt(self.d_k) + mask  # (B, H, T_q, T_k)
        hidden = (scores == -math.inf).all(-1, keepdim=True)  # (B, H, T_q, 1)
        weights = scores.masked_fill(hidden, 0.0).softmax(-1).masked_fill(hidden, 0.0)
        dropped = functional.dropout(weights, self.rate, self.training)  # (B, H, T_q, T_k)
        return self.W_o(self.combine_heads(dropped @ v)), weights


class _FeedForward(nn.Module):
    def __init__(self, d_model: int, d_ff: int, dropout: float) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(d_model, d_ff), nn.Linear(d_ff, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.dropout(self.fc2(functional.gelu(self.fc1(x))))  # (B, T, D)
        return output


class _Block(nn.Module):
    def __init__(self, d_model: int, n_heads: int, d_ff: int, dropout: float) -> None:
        super().__init__()
        self.self_attn = _Attention(d_model, n_heads, dropout)
        self.feed_forward = _FeedForward(d_model, d_ff, dropout)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, x: Tensor, mask: Tensor | None = None, return_attention: bool = False
    ) -> tuple[Tensor, Tensor | None]:
        normed = self.norm1(x)  # (B, T, D)
        attended, weights = self.self_attn(normed, normed, normed, mask)  # (B, T, D)
        x = x + self.dropout(attended)  # (B, T, D)
        x = x + self.feed_forward(self.norm2(x))  # (B, T, D)
        return x, weights if return_attention else None


class _Table(nn.Module):
    def __init__(self, vocab_size: int, d_model: int, padding_idx: int | None) -> None:
        super().__init__()
        if padding_idx is not None and not 0 <= padding_idx < vocab_size:
            raise ValueError(f"padding_idx is {padding_idx}, expected 0 to {vocab_size - 1}")
        self.embedding = nn.Embedding(vocab_size, d_model, padding_idx)

    def forward(self, tokens: Tensor) -> Tensor:
        if tokens.is_floating_point():
            raise ValueError(f"tokens has dtype {tokens.dtype}, expected integers")
        output: Tensor = self.embedding(tokens) * math.sqrt(self.embedding.embedding_dim)
        return output  # (B, T, D)


class _Waves(nn.Module):
    pe: Tensor

    def __init__(self, d_model: int, max_len: int, dropout: float) -> None:
        super().__init__()
        angle = torch.outer(  # (max_len, D / 2)
            torch.arange(max_len).double(),
            10000.0 ** -(torch.arange(0, d_model, 2).double() / d_model),
        )
        table = torch.stack((angle.sin(), angle.cos()), dim=-1).flatten(1)  # (max_len, D)
        self.register_buffer("pe", table.float())
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.dropout(x + self.pe[: x.size(1)].to(x.dtype))  # (B, T, D)
        return output


class _Places(nn.Module):
    def __init__(self, d_model: int, max_len: int, dropout: float) -> None:
        super().__init__()
        self.position_embeddings = nn.Embedding(max_len, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.dropout(x + self.position_embeddings.weight[: x.size(1)])
        return output  # (B, T, D)


class _Embedding(nn.Module):
    def __init__(
        self,
        vocab_size: int,
        d_model: int,
        max_len: int,
        positional: str,
        dropout: float,
        padding_idx: int | None,
    ) -> None:
        super().__init__()
        kinds = {"sinusoidal": _Waves, "learned": _Places}
        if positional not in kinds:
            raise ValueError(f"positional is {positional!r}, expected one of {', '.join(kinds)}")
        self.token_embedding = _Table(vocab_size, d_model, padding_idx)
        self.positional_encoding = kinds[positional](d_model, max_len, dropout)

    def forward(self, tokens: Tensor) -> Tensor:
        output: Tensor = self.positional_encoding(self.token_embedding(tokens))  # (B, T, D)
        return output


class TinyTransformerLM(nn.Module):
    """As in ``model.py``."""

    def __init__(
        self,
        vocab_size: int,
        d_model: int,
        n_heads: int,
        n_layers: int,
        d_ff: int,
        max_len: int = 1024,
        dropout: float = 0.1,
        positional: str = "sinusoidal",
        tie_weights: bool = True,
        padding_idx: int | None = None,
    ) -> None:
        super().__init__()
        if min(vocab_size, d_model, n_layers, d_ff, max_len) < 1:
            raise ValueError("a size is below 1")
        self.max_len = max_len
        self.embedding = _Embedding(vocab_size, d_model, max_len, positional, dropout, padding_idx)
        self.blocks = nn.ModuleList(
            [_Block(d_model, n_heads, d_ff, dropout) for _ in range(n_layers)]
        )
        self.ln_f = nn.LayerNorm(d_model)
        self.lm_head = nn.Linear(d_model, vocab_size, bias=False)
        table = self.embedding.token_embedding.embedding.weight  # (V, D)
        if tie_weights:
            self.lm_head.weight = table
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                if parameter.dim() > 1:
                    parameter.normal_(0.0, 0.02)
                elif name.endswith("bias"):
                    parameter.zero_()
            if padding_idx is not None:
                table[padding_idx] = 0.0

    def forward(
        self, tokens: Tensor, mask: Tensor | None = None, return_hidden_states: bool = False
    ) -> tuple[Tensor, list[Tensor] | None]:
        length = tokens.size(1)
        if length > self.max_len:
            raise ValueError(f"tokens has {length} columns, expected at most {self.max_len}")
        if mask is None:
            mask = tokens.new_ones(length, length, dtype=torch.bool).tril()  # (T, T)
        states: list[Tensor] = [self.embedding(tokens)]  # (B, T, D)
        for block in self.blocks:
            states.append(block(states[-1], mask)[0])  # (B, T, D)
        logits = self.lm_head(self.ln_f(states[-1]))  # (B, T, V)
        return logits, states if return_hidden_states else None

    def count_parameters(self, trainable_only: bool = False) -> int:
        wanted = [p for p in self.parameters() if p.requires_grad or not trainable_only]
        return sum(p.numel() for p in wanted)

    def get_parameter_breakdown(self) -> dict[str, int]:
        total = self.count_parameters()
        parts = {
            name: sum(p.numel() for p in child.parameters())
            for name, child in (
                ("embedding", self.embedding),
                ("transformer_blocks", self.blocks),
                ("ln_f", self.ln_f),
            )
        }
        return {**parts, "lm_head": total - sum(parts.values()), "total": total}

    @torch.no_grad()
    def generate(
        self,
        start_tokens: Tensor,
        max_new_tokens: int,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        if max_new_tokens < 0:
            raise ValueError(f"max_new_tokens is {max_new_tokens}, expected at least 0")
        if not temperature > 0:
            raise ValueError(f"temperature is {temperature}, expected more than 0")
        training, tokens = self.training, start_tokens  # (B, T)
        self.eval()
        try:
            for _ in range(max_new_tokens):
                scores = self(tokens[:, -self.max_len :])[0][:, -1]  # (B, V)
                chances = (scores / temperature).softmax(-1)  # (B, V)
                drawn = torch.multinomial(chances, 1, generator=generator)  # (B, 1)
                tokens = torch.cat((tokens, drawn), dim=1)  # (B, one more)
        finally:
            self.train(training)
        return tokens


def get_model_config(size: str) -> dict[str, Any]:
    """As in ``model.py``."""
    layers = {"tiny": 1, "small": 2, "medium": 6, "large": 12}.get(size)
    if layers is None:
        raise ValueError(f"size is {size!r}, expected tiny, small, medium or large")
    width = 64 * layers
    return {"d_model": width, "n_heads": layers, "n_layers": layers, "d_ff": 4 * width}
