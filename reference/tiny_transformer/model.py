"""The language model: embedding, a stack of blocks, a final norm, and a score for every next token.

Letters in the shape comments: B batch, T sequence, D = d_model, V = vocab_size.

Sources: Radford et al., "Language Models are Unsupervised Multitask Learners", 2019 (GPT-2);
tied weights: Press & Wolf, 2017, https://arxiv.org/abs/1608.05859
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from .attention import create_causal_mask
from .embeddings.combined_embedding import TransformerEmbedding
from .transformer_block import TransformerBlock


class TinyTransformerLM(nn.Module):
    """Tokens in, and at each position a score for every token that may come next.

    Children: ``embedding`` (TransformerEmbedding), ``blocks`` (an ``nn.ModuleList`` of
    TransformerBlock), ``ln_f`` (LayerNorm, eps 1e-5) and ``lm_head`` (Linear without bias). With
    ``tie_weights`` the matrix of ``lm_head`` is the table of the token embedding itself: one
    tensor under two names. ``max_len`` is an attribute too. Every matrix of a Linear or Embedding
    starts as independent draws of mean 0 and standard deviation 0.02 (normal), biases at 0, norms
    at 1 and 0, and the token embedding's row of ``padding_idx`` at 0, also when tied.
    """

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
        """
        Args:
            n_layers: number of blocks, at least 1.
            dropout: of the embedding and of each block.
            tie_weights: whether head and token embedding share one matrix.
            vocab_size, max_len, positional, padding_idx: as in TransformerEmbedding.
            d_model, n_heads, d_ff: as in TransformerBlock.

        Raises:
            ValueError: ``n_layers`` is below 1, or as the children do.
        """
        super().__init__()
        ### BEGIN SOLUTION
        if n_layers < 1:
            raise ValueError(f"n_layers is {n_layers}, expected at least 1")
        self.max_len = max_len
        self.embedding = TransformerEmbedding(
            vocab_size, d_model, max_len, positional, dropout, padding_idx
        )
        self.blocks = nn.ModuleList(
            TransformerBlock(d_model, n_heads, d_ff, dropout) for _ in range(n_layers)
        )
        self.ln_f = nn.LayerNorm(d_model)
        self.lm_head = nn.Linear(d_model, vocab_size, bias=False)
        if tie_weights:
            self.lm_head.weight = self.embedding.token_embedding.embedding.weight  # (V, D)
        self._init_weights(padding_idx)
        ### END SOLUTION

    ### BEGIN SOLUTION
    def _init_weights(self, padding_idx: int | None) -> None:
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.normal_(module.weight, mean=0.0, std=0.02)
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)
        if padding_idx is not None:  # last: when tied, the head has written into this row as well
            nn.init.zeros_(self.embedding.token_embedding.embedding.weight[padding_idx])  # (D,)

    ### END SOLUTION

    def forward(
        self, tokens: Tensor, mask: Tensor | None = None, return_hidden_states: bool = False
    ) -> tuple[Tensor, list[Tensor] | None]:
        """
        Args:
            tokens: int[B, T], T at most ``max_len``.
            mask: as in TransformerBlock, in place of the causal one; None is the causal one.
            return_hidden_states: whether to give the hidden states back (otherwise None).

        Returns:
            logits [B, T, V], raw scores; and ``n_layers + 1`` hidden states [B, T, D]: what the
            embedding gives, then what each block gives, the last one before ``ln_f``.

        Raises:
            ValueError: T is larger than ``max_len``, or the mask does not fit.
            TypeError or ValueError: the ids are not integers.
            ValueError or IndexError: an id is out of range.
        """
        ### BEGIN SOLUTION
        length = tokens.size(1)
        if length > self.max_len:
            raise ValueError(f"tokens has {length} columns, expected at most {self.max_len}")
        if mask is None:
            mask = create_causal_mask(length, tokens.device)  # (T, T)
        x = self.embedding(tokens)  # (B, T, D)
        hidden_states = [x]
        for block in self.blocks:
            x, _ = block(x, mask)  # (B, T, D)
            hidden_states.append(x)
        logits = self.lm_head(self.ln_f(x))  # (B, T, V)
        return logits, hidden_states if return_hidden_states else None
        ### END SOLUTION

    def count_parameters(self, trainable_only: bool = False) -> int:
        """Size of all parameters (or all that require a gradient), a shared tensor counted once."""
        ### BEGIN SOLUTION
        parameters = self.parameters()  # a tied matrix comes once
        return sum(p.numel() for p in parameters if p.requires_grad or not trainable_only)
        ### END SOLUTION

    def get_parameter_breakdown(self) -> dict[str, int]:
        """Parameters of ``embedding``, ``transformer_blocks``, ``ln_f``, ``lm_head``, and ``total``.

        The four parts add up to the total. A tied ``lm_head`` counts 0: its matrix is in the first.
        """
        ### BEGIN SOLUTION
        names = {"embedding": "embedding", "blocks": "transformer_blocks", "ln_f": "ln_f"}
        counts = {**dict.fromkeys(names.values(), 0), "lm_head": 0}
        for name, parameter in self.named_parameters():  # a tied matrix comes once, as embedding
            child = name.split(".")[0]
            counts[names.get(child, child)] += parameter.numel()
        return {**counts, "total": sum(counts.values())}
        ### END SOLUTION

    def generate(
        self,
        start_tokens: Tensor,
        max_new_tokens: int,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Draw token after token from softmax(logits / temperature), logits of the last position.

        It runs in evaluation mode, without gradients, and leaves the model in the mode it was in.

        Args:
            start_tokens: int[B, T], T at least 1; the model is fed the last ``max_len`` only.
            max_new_tokens: how many tokens to add, at least 0.
            temperature: above 0.
            generator: where the draws come from; None is torch's default.

        Returns:
            int[B, T + max_new_tokens]: the whole prompt, then the new tokens.

        Raises:
            ValueError: ``max_new_tokens`` is negative, or ``temperature`` is not above 0.
        """
        ### BEGIN SOLUTION
        if max_new_tokens < 0:
            raise ValueError(f"max_new_tokens is {max_new_tokens}, expected at least 0")
        if temperature <= 0:
            raise ValueError(f"temperature is {temperature}, expected more than 0")
        was_training = self.training
        self.eval()
        tokens = start_tokens  # (B, T)
        with torch.no_grad():
            for _ in range(max_new_tokens):
                logits, _ = self(tokens[:, -self.max_len :])  # (B, at most max_len, V)
                probs = torch.softmax(logits[:, -1] / temperature, dim=-1)  # (B, V)
                drawn = torch.multinomial(probs, num_samples=1, generator=generator)  # (B, 1)
                tokens = torch.cat((tokens, drawn), dim=1)  # (B, one more)
        self.train(was_training)
        return tokens
        ### END SOLUTION


def get_model_config(size: str) -> dict[str, Any]:
    """Arguments of TinyTransformerLM for a model of a size: a new dict in every call.

    Args:
        size: "tiny", "small", "medium" or "large", each with more parameters than the one before.

    Returns:
        ``d_model``, ``n_heads``, ``n_layers``, ``d_ff``, and other arguments of the constructor as
        you like. ``vocab_size`` may be missing: it follows from the text. The numbers are yours.

    Raises:
        ValueError: another size.
    """
    ### BEGIN SOLUTION
    sizes = {"tiny": (64, 2), "small": (128, 4), "medium": (384, 6), "large": (768, 12)}
    if size not in sizes:
        raise ValueError(f"size is {size!r}, expected one of {', '.join(sizes)}")
    d_model, n = sizes[size]
    return {"d_model": d_model, "n_heads": n, "n_layers": n, "d_ff": 4 * d_model}
    ### END SOLUTION
