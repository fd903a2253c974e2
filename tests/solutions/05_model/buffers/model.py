"""The mask is a buffer that is cut to length; the model keeps its configuration; draws by inversion."""

from __future__ import annotations

import torch
from torch import nn

from .embeddings.combined_embedding import TransformerEmbedding
from .transformer_block import TransformerBlock

CONFIGS = {
    "tiny": {"vocab_size": 65, "d_model": 48, "n_heads": 3, "n_layers": 2, "d_ff": 96},
    "small": {"vocab_size": 65, "d_model": 96, "n_heads": 3, "n_layers": 4, "d_ff": 384},
    "medium": {"vocab_size": 256, "d_model": 384, "n_heads": 6, "n_layers": 6, "d_ff": 1536},
    "large": {"vocab_size": 50257, "d_model": 768, "n_heads": 12, "n_layers": 12, "d_ff": 3072},
}


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
    ) -> None:
        super().__init__()
        if n_layers < 1:
            raise ValueError("a model needs at least one block")
        self.config = {"d_model": d_model, "tied": tie_weights}
        self.max_len = max_len
        self.embedding = TransformerEmbedding(
            vocab_size, d_model, max_len, positional, dropout, padding_idx
        )
        self.blocks = nn.ModuleList()
        while len(self.blocks) < n_layers:
            self.blocks.append(TransformerBlock(d_model, n_heads, d_ff, dropout, bias=True))
        self.ln_f = nn.LayerNorm(d_model, eps=1e-5)
        self.lm_head = nn.Linear(d_model, vocab_size, bias=False)
        hidden = torch.full((max_len, max_len), float("-inf")).triu(1)
        self.register_buffer("causal", hidden, persistent=False)
        for name, p in self.named_parameters():
            if p.ndim == 2:
                nn.init.normal_(p, 0.0, 0.02)
            elif name.endswith(".bias"):
                nn.init.constant_(p, 0.0)
        if tie_weights:
            del self.lm_head.weight
            self.lm_head.register_parameter("weight", self._table)
        if padding_idx is not None:
            with torch.no_grad():
                self._table[padding_idx].fill_(0)

    @property
    def _table(self) -> nn.Parameter:
        return self.embedding.token_embedding.embedding.weight

    def forward(self, tokens, mask=None, return_hidden_states=False):
        length = tokens.size(1)
        if length > self.max_len:
            raise ValueError(f"{length} tokens are more than max_len = {self.max_len}")
        used = self.causal[:length, :length] if mask is None else mask
        stream = [self.embedding(tokens)]
        for number in range(len(self.blocks)):
            stream.append(self.blocks[number](stream[number], used)[0])
        logits = torch.einsum("btd,vd->btv", self.ln_f(stream[-1]), self.lm_head.weight)
        return (logits, stream) if return_hidden_states else (logits, None)

    def count_parameters(self, trainable_only: bool = False) -> int:
        total = 0
        for parameter in {id(p): p for p in self.parameters()}.values():
            if parameter.requires_grad or not trainable_only:
                total += parameter.nelement()
        return total

    def get_parameter_breakdown(self) -> dict[str, int]:
        def size(module: nn.Module) -> int:
            return sum(p.numel() for p in module.parameters())

        found = {
            "embedding": size(self.embedding),
            "transformer_blocks": sum(map(size, self.blocks)),
            "ln_f": size(self.ln_f),
            "lm_head": 0 if self.lm_head.weight is self._table else size(self.lm_head),
        }
        found["total"] = sum(found.values())
        return found

    @torch.no_grad()
    def generate(self, start_tokens, max_new_tokens, temperature=1.0, generator=None):
        if max_new_tokens < 0 or temperature <= 0:
            raise ValueError("need max_new_tokens >= 0 and temperature > 0")
        rows, width = start_tokens.shape
        text = start_tokens.new_zeros(rows, width + max_new_tokens)
        text[:, :width] = start_tokens
        before = self.training
        self.eval()
        try:
            for end in range(width, width + max_new_tokens):
                logits, _ = self.forward(text[:, max(0, end - self.max_len) : end])
                below = torch.softmax(logits[:, -1].double() / temperature, -1).cumsum(-1)
                point = torch.rand(rows, 1, generator=generator, dtype=torch.float64)
                text[:, end : end + 1] = torch.searchsorted(
                    below, point * below[:, -1:], right=True
                )
        finally:
            if before:
                self.train()
        return text


def get_model_config(size):
    try:
        return dict(CONFIGS[size])
    except KeyError:
        raise ValueError(f"size must be one of {list(CONFIGS)}, not {size!r}") from None
