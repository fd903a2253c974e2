"""Write text with a language model: token after token, by the strategies of ``strategies.py``.

Letters in the shape comments: B rows, one for each text, T tokens so far, V vocabulary, D = d_model,
H heads, d_k = D / H, new: tokens that the model has not seen yet.

Source of the KV cache: Pope et al., "Efficiently Scaling Transformer Inference", 2022,
https://arxiv.org/abs/2211.05102
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional

from .strategies import combined_sample, greedy_sample

if TYPE_CHECKING:
    from ..model import TinyTransformerLM


@dataclass
class GeneratorConfig:
    """How a TextGenerator writes, where a call does not say otherwise.

    Attributes:
        max_new_tokens: how many tokens to add at most, at least 0.
        temperature, top_k, top_p: as in ``combined_sample``.
        do_sample: whether to draw; otherwise the likeliest token is taken, as ``greedy_sample`` does.
        eos_token_id: the token that ends a text; None: none does.
        pad_token_id: the token of the vocabulary that fills a row after its end; None: the EOS.

    Raises:
        ValueError: ``max_new_tokens`` is negative, ``temperature`` is not above 0, ``top_k`` is
            below 1, or ``top_p`` is not above 0 and at most 1; when it is made.
    """

    max_new_tokens: int = 50
    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    do_sample: bool = True
    eos_token_id: int | None = None
    pad_token_id: int | None = None

    def __post_init__(self) -> None:
        """Runs after the fields are set: refuses what is out of range."""
        ### BEGIN SOLUTION
        if self.max_new_tokens < 0:
            raise ValueError(f"max_new_tokens is {self.max_new_tokens}, expected at least 0")
        if not self.temperature > 0:
            raise ValueError(f"temperature is {self.temperature}, expected more than 0")
        if self.top_k is not None and self.top_k < 1:
            raise ValueError(f"top_k is {self.top_k}, expected at least 1, or None")
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise ValueError(f"top_p is {self.top_p}, expected more than 0 and at most 1, or None")
        ### END SOLUTION


class TextGenerator:
    """Writes with a TinyTransformerLM, which it leaves as it found it."""

    def __init__(
        self,
        model: TinyTransformerLM,
        config: GeneratorConfig | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        """
        Args:
            model: what scores the next token.
            config: how to write; None is ``GeneratorConfig()``.
            device: where the model is moved to; None leaves it where it is. Prompts follow it.
        """
        ### BEGIN SOLUTION
        self.model = model if device is None else model.to(device)
        self.config = GeneratorConfig() if config is None else config
        ### END SOLUTION

    def generate(
        self,
        start_tokens: Tensor,
        max_new_tokens: int | None = None,
        temperature: float | None = None,
        top_k: int | None = None,
        top_p: float | None = None,
        do_sample: bool | None = None,
        eos_token_id: int | None = None,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Continue every row of ``start_tokens`` on its own.

        Each new token is chosen from the logits of the last position. The model is never fed more
        than the last ``max_len`` tokens. It runs in evaluation mode and without gradients, and is
        in the mode it was in after, also when something raises.

        A row ends with the first EOS that is chosen for it, and is filled with padding after it,
        while others go on. EOS and padding in a prompt are text like any other.

        Args:
            start_tokens: int[B, T], T at least 1, of any length; they stay as they were.
            generator: where all chance comes from; None is torch's default.
            others: as in GeneratorConfig. None is what the config says; a call does not change it.

        Returns:
            int64[B, T + n]: the prompts, then the new tokens, up to ``max_new_tokens``. It is as wide
            as its longest row; more columns of padding do no harm.

        Raises:
            ValueError: as GeneratorConfig does.
        """
        ### BEGIN SOLUTION
        names = ("max_new_tokens", "temperature", "top_k", "top_p", "do_sample", "eos_token_id")
        values = (max_new_tokens, temperature, top_k, top_p, do_sample, eos_token_id)
        stated: dict[str, Any] = {
            name: value for name, value in zip(names, values, strict=True) if value is not None
        }
        was_training = self.model.training
        self.model.eval()
        try:
            with torch.no_grad():
                return self._continue(start_tokens, replace(self.config, **stated), generator)
        finally:
            self.model.train(was_training)
        ### END SOLUTION

    def generate_batch(self, prompts: Sequence[Tensor], **given: Any) -> list[Tensor]:
        """Continue prompts of different lengths, each as ``generate`` would continue it alone.

        Args:
            prompts: int[T] each, T at least 1.
            given: as in ``generate``.

        Returns:
            int64[T + n] each, in the order of the prompts: the prompt, then its new tokens up to its
            EOS; padding after it does no harm.

        Raises:
            ValueError: as ``generate`` does.
        """
        ### BEGIN SOLUTION
        texts = [*prompts]
        for length in dict.fromkeys(len(prompt) for prompt in prompts):
            # rows of one length need no padding, so nothing stands between a text and its start
            places = [i for i, prompt in enumerate(prompts) if len(prompt) == length]
            made = self.generate(torch.stack([prompts[i] for i in places]), **given)  # (B, T + n)
            for place, text in zip(places, made, strict=True):
                texts[place] = self._until_eos(text, length, given.get("eos_token_id"))  # (T + n,)
        return texts
        ### END SOLUTION

    ### BEGIN SOLUTION
    def _continue(
        self, start_tokens: Tensor, config: GeneratorConfig, generator: torch.Generator | None
    ) -> Tensor:
        eos, padding = config.eos_token_id, config.pad_token_id
        tokens = start_tokens.to(next(self.model.parameters()).device)  # (B, T)
        ended = torch.zeros_like(tokens[:, 0], dtype=torch.bool)  # (B,)
        cache = _KVCache(self.model)
        for _ in range(config.max_new_tokens):
            logits = cache.next_logits(tokens)  # (B, V)
            if config.do_sample:
                chosen = combined_sample(
                    logits, config.temperature, config.top_k, config.top_p, generator
                )  # (B,)
            else:
                chosen = greedy_sample(logits)  # (B,)
            if eos is not None:
                chosen = chosen.masked_fill(ended, eos if padding is None else padding)  # (B,)
                ended = ended | (chosen == eos)  # (B,)
            tokens = torch.cat((tokens, chosen[:, None]), dim=1)  # (B, T + 1)
            if ended.all():
                break
        return tokens

    def _until_eos(self, text: Tensor, length: int, eos: int | None) -> Tensor:
        eos = self.config.eos_token_id if eos is None else eos
        if eos is None:
            return text
        ends = (text[length:] == eos).nonzero()  # (number of EOS, 1)
        return text[: length + int(ends[0]) + 1] if len(ends) else text  # (up to T + n,)

    ### END SOLUTION


### BEGIN SOLUTION
class _KVCache:
    """Scores the next token of texts that grow; keeps the keys and values of what it has seen."""

    def __init__(self, model: TinyTransformerLM) -> None:
        self.model = model
        self.seen = 0  # number of tokens whose keys and values are kept
        self.kept: dict[int, tuple[Tensor, Tensor]] = {}  # of each block: (B, H, seen, d_k) twice

    def next_logits(self, tokens: Tensor) -> Tensor:
        """int[B, T], the tokens of the last call and one more -> [B, V]."""
        model = self.model
        if tokens.size(1) > model.max_len:  # every token moves by one place: nothing kept is valid
            logits, _ = model(tokens[:, -model.max_len :])  # (B, max_len, V)
            return logits[:, -1]  # (B, V)
        x = model.embedding(tokens)[:, self.seen :]  # (B, new, D)
        for number, block in enumerate(model.blocks):
            x = self._through_block(number, block, x)  # (B, new, D)
        self.seen = tokens.size(1)
        return model.lm_head(_normed(x[:, -1], model.ln_f))  # (B, V)

    def _through_block(self, number: int, block: Any, x: Tensor) -> Tensor:
        """What a block in evaluation makes of the new tokens, by the keys and values of all."""
        attn = block.self_attn
        normed = _normed(x, block.norm1)  # (B, new, D)
        q, k, v = (
            attn.split_heads(w(normed)) for w in (attn.W_q, attn.W_k, attn.W_v)
        )  # (B, H, new, d_k)
        if not self.seen:
            room = (*q.shape[:2], self.model.max_len, q.size(-1))  # (B, H, max_len, d_k)
            self.kept[number] = q.new_empty(room), q.new_empty(room)
        total = self.seen + q.size(2)
        all_k, all_v = self.kept[number]
        all_k[:, :, self.seen : total] = k
        all_v[:, :, self.seen : total] = v
        k, v = (kept[:, :, :total] for kept in (all_k, all_v))  # (B, H, total, d_k) twice
        # a prompt needs the causal mask; one new token may look at all that came before it
        mixed = functional.scaled_dot_product_attention(
            q, k, v, is_causal=not self.seen
        )  # (B, H, new, d_k)
        x = x + attn.W_o(attn.combine_heads(mixed))  # (B, new, D)
        return x + block.feed_forward(_normed(x, block.norm2))  # (B, new, D)


def _normed(x: Tensor, norm: Any) -> Tensor:
    return functional.layer_norm(x, x.shape[-1:], norm.weight, norm.bias)  # (..., D)


### END SOLUTION
