"""One text at a time, then padded to the longest; everything else is a loop around that."""

import dataclasses
from dataclasses import dataclass

import torch

from .strategies import combined_sample, greedy_sample


@dataclass
class GeneratorConfig:
    max_new_tokens: int = 50
    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    do_sample: bool = True
    eos_token_id: int | None = None
    pad_token_id: int | None = None

    def __post_init__(self):
        if self.max_new_tokens < 0:
            raise ValueError("max_new_tokens")
        if self.temperature <= 0:
            raise ValueError("temperature")
        if self.top_k is not None and self.top_k < 1:
            raise ValueError("top_k")
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise ValueError("top_p")


class TextGenerator:
    def __init__(self, model, config=None, device=None):
        self.model = model.to(device) if device else model
        self.config = config or GeneratorConfig()

    def _one(self, prompt, c, generator):
        text = prompt.clone()
        for _ in range(c.max_new_tokens):
            logits = self.model(text[-self.model.max_len :].unsqueeze(0))[0][:, -1, :]
            if c.do_sample:
                token = combined_sample(logits, c.temperature, c.top_k, c.top_p, generator)
            else:
                token = greedy_sample(logits)
            text = torch.cat([text, token])
            if c.eos_token_id is not None and token.item() == c.eos_token_id:
                break
        return text

    def generate_batch(self, prompts, generator=None, **stated):
        changes = {k: v for k, v in stated.items() if v is not None}
        c = dataclasses.replace(self.config, **changes)
        mode = self.model.training
        self.model.eval()
        try:
            with torch.inference_mode():
                texts = [self._one(p, c, generator) for p in prompts]
        finally:
            if mode:
                self.model.train()
        return [t.clone() for t in texts]

    def generate(
        self,
        start_tokens,
        max_new_tokens=None,
        temperature=None,
        top_k=None,
        top_p=None,
        do_sample=None,
        eos_token_id=None,
        generator=None,
    ):
        texts = self.generate_batch(
            [row for row in start_tokens],
            generator=generator,
            max_new_tokens=max_new_tokens,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            do_sample=do_sample,
            eos_token_id=eos_token_id,
        )
        fill = self.config.pad_token_id
        if fill is None:
            fill = self.config.eos_token_id if eos_token_id is None else eos_token_id
        width = max(len(t) for t in texts)
        out = torch.full((len(texts), width), -1 if fill is None else fill)
        for row, text in zip(out, texts):
            row[: len(text)] = text
        return out
