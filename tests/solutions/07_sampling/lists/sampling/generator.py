"""A cache of the normed inputs of each block, in lists; sentences as objects that know their end."""

from dataclasses import dataclass, fields

import torch

from .strategies import filter_top_k, filter_top_p, greedy_sample, temperature_sample


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
        least = {"max_new_tokens": 0, "top_k": 1}
        for field in fields(self):
            value = getattr(self, field.name)
            if value is None:
                continue
            if field.name in least and value < least[field.name]:
                raise ValueError(f"{field.name} is {value}, at least {least[field.name]}")
            if field.name in ("temperature", "top_p") and value <= 0:
                raise ValueError(f"{field.name} is {value}, above 0")
        if self.top_p is not None and self.top_p > 1:
            raise ValueError("top_p is above 1")

    def but(self, **changes):
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        for name, value in changes.items():
            values[name] = values[name] if value is None else value
        return GeneratorConfig(**values)


class Sentence:
    def __init__(self, ids, model):
        self.ids, self.length, self.model = list(ids), len(ids), model
        self.ended = False
        self.inputs = None

    def logits(self):
        model, n = self.model, len(self.ids)
        if n > model.max_len:
            return model(torch.tensor([self.ids[-model.max_len :]]))[0][0, -1:]
        x = model.embedding(torch.tensor([self.ids]))
        fresh = x if self.inputs is None else x[:, -1:]
        old = self.inputs or [x[:, :0]] * len(model.blocks)
        self.inputs = []
        hidden = torch.ones(fresh.size(1), n, dtype=torch.bool).tril(n - fresh.size(1))
        for block, before in zip(model.blocks, old):
            normed = block.norm1(fresh)
            seen = torch.cat([before, normed], dim=1)
            fresh = fresh + block.self_attn(normed, seen, seen, hidden)[0]
            fresh = fresh + block.feed_forward(block.norm2(fresh))
            self.inputs.append(seen)
        return model.lm_head(model.ln_f(fresh))[0, -1:]


class TextGenerator:
    def __init__(self, model, config=None, device=None):
        if device is not None:
            model.to(device)
        self.model, self.config = model, config or GeneratorConfig()

    def _write(self, prompts, config, generator):
        sentences = [Sentence(p.tolist(), self.model) for p in prompts]
        for sentence in sentences:
            for _ in range(config.max_new_tokens):
                logits = sentence.logits()
                if config.do_sample:
                    logits = logits / config.temperature
                    if config.top_k:
                        logits = filter_top_k(logits, config.top_k)
                    if config.top_p:
                        logits = filter_top_p(logits, config.top_p)
                    token = int(temperature_sample(logits, 1.0, generator))
                else:
                    token = int(greedy_sample(logits))
                sentence.ids.append(token)
                if token == config.eos_token_id:
                    break
        return [sentence.ids for sentence in sentences]

    def _safely(self, prompts, config, generator):
        training = self.model.training
        self.model.eval()
        try:
            with torch.no_grad():
                return self._write(prompts, config, generator)
        finally:
            self.model.train(training)

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
        config = self.config.but(
            max_new_tokens=max_new_tokens,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            do_sample=do_sample,
            eos_token_id=eos_token_id,
        )
        rows = self._safely(start_tokens, config, generator)
        longest = max(map(len, rows))
        pad = config.pad_token_id if config.pad_token_id is not None else config.eos_token_id
        return torch.tensor([row + [pad] * (longest - len(row)) for row in rows])

    def generate_batch(self, prompts, generator=None, **stated):
        rows = self._safely(prompts, self.config.but(**stated), generator)
        return [torch.tensor(row) for row in rows]
