"""Row by row, with the table's own matrix in the head, and a 3-D mask."""

from __future__ import annotations

import math

import torch
import torch.nn as nn

from .attention import create_causal_mask
from .embeddings.combined_embedding import TransformerEmbedding
from .transformer_block import TransformerBlock


class _Head(nn.Linear):
    def forward(self, x):
        return x.matmul(self.weight.t())


class TinyTransformerLM(nn.Module):
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
    ):
        super().__init__()
        if n_layers == 0 or n_layers < 0:
            raise ValueError(f"n_layers: got {n_layers}, expected 1 or more")
        self.embedding = TransformerEmbedding(
            vocab_size=vocab_size,
            d_model=d_model,
            max_len=max_len,
            positional=positional,
            dropout=dropout,
            padding_idx=padding_idx,
        )
        self.blocks = nn.ModuleList()
        for _ in range(n_layers):
            block = TransformerBlock(d_model=d_model, n_heads=n_heads, d_ff=d_ff, dropout=dropout)
            self.blocks.append(block)
        self.ln_f = nn.LayerNorm(d_model)
        self.lm_head = _Head(d_model, vocab_size, bias=False)
        self.max_len = max_len
        generator = torch.Generator().manual_seed(int(torch.randint(2**31, ())))
        with torch.no_grad():
            for key, tensor in self.state_dict().items():
                if key.endswith(".pe"):
                    continue
                if tensor.dim() > 1:
                    tensor.copy_(torch.randn(tensor.shape, generator=generator).mul(0.02))
                elif key.endswith("bias"):
                    tensor.zero_()
            if padding_idx is not None:
                self.embedding.token_embedding.embedding.weight[padding_idx].mul_(0)
        if tie_weights:
            self.lm_head.weight = self.embedding.token_embedding.embedding.weight

    def forward(self, tokens, mask=None, return_hidden_states=False):
        batch, length = tokens.shape
        if length > self.max_len:
            raise ValueError(f"length: got {length}, expected at most {self.max_len}")
        if mask is None:
            mask = create_causal_mask(length, device=tokens.device).expand(batch, -1, -1)
        x = self.embedding(tokens)
        kept = [x] if return_hidden_states else None
        for block in self.blocks:
            x, nothing = block(x, mask, return_attention=False)
            if kept is not None:
                kept.append(x)
        return self.lm_head(self.ln_f(x)), kept

    def count_parameters(self, trainable_only=False):
        count = 0
        for _, p in self.named_parameters():
            if trainable_only and not p.requires_grad:
                continue
            count += math.prod(p.shape)
        return count

    def get_parameter_breakdown(self):
        tied = self.lm_head.weight is self.embedding.token_embedding.embedding.weight
        breakdown = {
            "embedding": sum(math.prod(p.shape) for p in self.embedding.parameters()),
            "transformer_blocks": sum(math.prod(p.shape) for p in self.blocks.parameters()),
            "ln_f": 2 * self.ln_f.weight.numel(),
            "lm_head": 0 if tied else self.lm_head.weight.numel(),
        }
        breakdown["total"] = self.count_parameters()
        return breakdown

    def generate(self, start_tokens, max_new_tokens, temperature=1.0, generator=None):
        if max_new_tokens < 0:
            raise ValueError(f"max_new_tokens: got {max_new_tokens}, expected 0 or more")
        if temperature <= 0.0:
            raise ValueError(f"temperature: got {temperature}, expected above 0")
        modes = {module: module.training for module in self.modules()}
        self.eval()
        rows = [[*row] for row in start_tokens.tolist()]
        with torch.no_grad():
            for _ in range(max_new_tokens):
                fed = torch.tensor(
                    [row[-self.max_len :] for row in rows], device=start_tokens.device
                )
                chances = (self(fed)[0][:, -1] / temperature).softmax(dim=-1)
                for row, chance in zip(rows, chances, strict=True):
                    row.append(int(torch.multinomial(chance, 1, generator=generator)))
        for module, mode in modes.items():
            module.training = mode
        return torch.tensor(rows, dtype=start_tokens.dtype)


def get_model_config(size):
    table = {"tiny": 1, "small": 3, "medium": 5, "large": 7}
    if size not in table:
        raise ValueError(f"size: got {size!r}, expected one of {sorted(table)}")
    config = {"n_heads": 4, "n_layers": table[size], "dropout": 0.1}
    config["d_model"] = 16 * config["n_layers"]
    config["d_ff"] = config["d_model"] * 4
    return config
