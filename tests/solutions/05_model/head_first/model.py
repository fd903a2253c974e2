"""The head is made first, and the table is tied to it; storages are counted; draws by Gumbel noise."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .embeddings.combined_embedding import TransformerEmbedding
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
        super().__init__()
        if n_layers <= 0:
            raise ValueError(f"n_layers must be positive, got {n_layers}")
        self.max_len = max_len
        self.lm_head = nn.Linear(d_model, vocab_size, bias=False)
        self.ln_f = nn.LayerNorm(d_model)
        blocks = []
        for _ in range(n_layers):
            blocks.append(TransformerBlock(d_model, n_heads, d_ff, dropout=dropout))
        self.blocks = nn.ModuleList(blocks)
        self.embedding = TransformerEmbedding(
            vocab_size,
            d_model,
            max_len=max_len,
            positional=positional,
            dropout=dropout,
            padding_idx=padding_idx,
        )
        self.apply(self._start)
        if tie_weights:
            self.embedding.token_embedding.embedding.weight = self.lm_head.weight
        if padding_idx is not None:
            self.embedding.token_embedding.embedding.weight.data[padding_idx] = 0.0

    @staticmethod
    def _start(module: nn.Module) -> None:
        if isinstance(module, nn.LayerNorm):
            return
        for name, parameter in module.named_parameters(recurse=False):
            if name == "weight":
                parameter.data = torch.randn_like(parameter) * 0.02
            else:
                parameter.data.fill_(0.0)

    def forward(self, tokens, mask=None, return_hidden_states=False):
        T = tokens.shape[-1]
        if T > self.max_len:
            raise ValueError(f"text of {T} tokens, the model has {self.max_len} positions")
        if mask is None:
            mask = torch.ones(T, T, dtype=torch.bool, device=tokens.device).tril()
        h = self.embedding(tokens)
        states = (h,)
        for block in self.blocks:
            h = block(h, mask=mask)[0]
            states += (h,)
        return self.lm_head(self.ln_f(h)), (states if return_hidden_states else None)

    def count_parameters(self, trainable_only=False):
        sizes = {}
        for p in self.parameters():
            if not trainable_only or p.requires_grad:
                sizes[p.data_ptr()] = p.numel()
        return sum(sizes.values())

    def get_parameter_breakdown(self):
        seen, parts = set(), {}
        for name, child in [
            ("embedding", self.embedding),
            ("transformer_blocks", self.blocks),
            ("ln_f", self.ln_f),
            ("lm_head", self.lm_head),
        ]:
            parts[name] = 0
            for p in child.parameters():
                if p.data_ptr() not in seen:
                    seen.add(p.data_ptr())
                    parts[name] += p.numel()
        parts["total"] = sum(parts.values())
        return parts

    @torch.inference_mode()
    def generate(self, start_tokens, max_new_tokens, temperature=1.0, generator=None) -> Tensor:
        if max_new_tokens < 0:
            raise ValueError("max_new_tokens must not be negative")
        if not temperature > 0:
            raise ValueError("temperature must be positive")
        mode = self.training
        self.train(False)
        out = start_tokens.clone()
        for _ in range(max_new_tokens):
            window = out if out.shape[1] <= self.max_len else out[:, out.shape[1] - self.max_len :]
            scores = self(window)[0][:, -1, :]
            noise = torch.rand(scores.shape, dtype=torch.float64, generator=generator)
            gumbel = -(-noise.clamp_min(1e-300).log()).log()
            best = (scores / temperature + gumbel).argmax(-1)
            out = torch.cat([out, best[:, None]], 1)
        self.train(mode)
        return out


def get_model_config(size):
    if size == "tiny":
        return dict(d_model=32, n_heads=2, n_layers=1, d_ff=64)
    if size == "small":
        return dict(d_model=64, n_heads=4, n_layers=2, d_ff=256)
    if size == "medium":
        return dict(d_model=256, n_heads=8, n_layers=6, d_ff=1024, dropout=0)
    if size == "large":
        return dict(d_model=512, n_heads=8, n_layers=12, d_ff=2048, max_len=2048)
    raise ValueError(f"unknown size {size!r}")
