"""No loop in forward; an additive float64 mask of finite size; draws by a race of exponentials."""

from __future__ import annotations

from functools import reduce

import torch
from torch import nn
from torch.nn import functional as F

from .embeddings import combined_embedding
from .transformer_block import TransformerBlock


class TinyTransformerLM(nn.Module):
    def __init__(
        self,
        vocab_size,
        d_model,
        n_heads,
        n_layers,
        d_ff,
        max_len=1024,
        dropout=0.1,
        positional="sinusoidal",
        tie_weights=True,
        padding_idx=None,
    ):
        nn.Module.__init__(self)
        if not n_layers >= 1:
            raise ValueError(f"n_layers = {n_layers}")
        self.add_module(
            "embedding",
            combined_embedding.TransformerEmbedding(
                vocab_size, d_model, max_len, positional, dropout, padding_idx
            ),
        )
        layers = [TransformerBlock(d_model, n_heads, d_ff, dropout) for _ in range(n_layers)]
        self.blocks = nn.ModuleList(layers)
        self.ln_f = nn.LayerNorm(d_model)
        self.lm_head = nn.Linear(d_model, vocab_size, bias=False)
        self.max_len, self.tied, self.padding_idx = max_len, tie_weights, padding_idx
        self.reset_parameters()

    def reset_parameters(self):
        table = self.embedding.token_embedding.embedding
        if self.tied:
            self.lm_head.weight = table.weight
        for m in self.modules():
            if hasattr(m, "weight") and not isinstance(m, nn.LayerNorm):
                nn.init.trunc_normal_(m.weight, std=0.02)
            if getattr(m, "bias", None) is not None:
                nn.init.zeros_(m.bias)
        if self.padding_idx is not None:
            table._fill_padding_idx_with_zero()

    def forward(self, tokens, mask=None, return_hidden_states=False):
        B, T = tokens.shape
        if T > self.max_len:
            raise ValueError(f"T = {T} is above max_len = {self.max_len}")
        if mask is None:
            position = torch.arange(T, device=tokens.device)
            mask = (position[:, None] < position).double() * -1e30
        states = reduce(
            lambda done, block: [*done, block(done[-1], mask)[0]],
            self.blocks,
            [self.embedding(tokens)],
        )
        normed = F.layer_norm(
            states[-1], (states[-1].size(-1),), self.ln_f.weight, self.ln_f.bias, self.ln_f.eps
        )
        logits = F.linear(normed, self.lm_head.weight)
        return logits, states if return_hidden_states else None

    def count_parameters(self, trainable_only=False):
        return sum(
            p.numel() if p.requires_grad or not trainable_only else 0 for p in self.parameters()
        )

    def get_parameter_breakdown(self):
        count = lambda m: sum(p.numel() for p in m.parameters())  # noqa: E731
        names = ["embedding", "blocks", "ln_f", "lm_head"]
        b = {n.replace("blocks", "transformer_blocks"): count(getattr(self, n)) for n in names}
        if self.tied:
            b["lm_head"] = 0
        return {**b, "total": self.count_parameters()}

    def generate(self, start_tokens, max_new_tokens, temperature=1.0, generator=None):
        if max_new_tokens < 0:
            raise ValueError("max_new_tokens < 0")
        if temperature <= 0:
            raise ValueError("temperature <= 0")
        training = self.training
        self.eval()
        new = []
        for _ in range(max_new_tokens):
            fed = torch.cat([start_tokens, *new], dim=-1)[:, -self.max_len :]
            with torch.no_grad():
                logs = F.log_softmax(self(fed)[0].select(1, -1) / temperature, dim=-1)
            times = torch.empty_like(logs).exponential_(generator=generator)
            new.append((logs - times.log()).argmax(dim=-1, keepdim=True))
        self.train(training)
        return torch.cat([start_tokens, *new], dim=-1)


def get_model_config(size):
    names = ("tiny", "small", "medium", "large")
    if size not in names:
        raise ValueError(size)
    layers = 2 ** (1 + names.index(size))
    return {
        "d_model": 32 * layers,
        "n_heads": layers,
        "n_layers": layers,
        "d_ff": 128 * layers,
        "positional": "learned",
        "tie_weights": True,
        "padding_idx": None,
    }
