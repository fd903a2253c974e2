"""No cache. A ragged batch is padded on the right, where no token of a text can see it."""

from dataclasses import dataclass

import torch

from . import strategies


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
        problems = []
        if self.max_new_tokens < 0:
            problems.append(f"max_new_tokens={self.max_new_tokens}")
        if self.temperature <= 0:
            problems.append(f"temperature={self.temperature}")
        if self.top_k is not None and self.top_k <= 0:
            problems.append(f"top_k={self.top_k}")
        if self.top_p is not None and (self.top_p <= 0 or self.top_p > 1):
            problems.append(f"top_p={self.top_p}")
        if problems:
            raise ValueError("out of range: " + ", ".join(problems))


class TextGenerator:
    def __init__(self, model, config=None, device=None):
        self.model = model
        self.config = config if config is not None else GeneratorConfig()
        self.device = device
        if device is not None:
            self.model.to(device)

    def _pick(self, name, value):
        return getattr(self.config, name) if value is None else value

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
            list(start_tokens),
            max_new_tokens,
            temperature,
            top_k,
            top_p,
            do_sample,
            eos_token_id,
            generator,
        )
        eos = self._pick("eos_token_id", eos_token_id)
        pad = eos if self.config.pad_token_id is None else self.config.pad_token_id
        return torch.nn.utils.rnn.pad_sequence(
            texts, batch_first=True, padding_value=0 if pad is None else pad
        )

    def generate_batch(
        self,
        prompts,
        max_new_tokens=None,
        temperature=None,
        top_k=None,
        top_p=None,
        do_sample=None,
        eos_token_id=None,
        generator=None,
    ):
        new = self._pick("max_new_tokens", max_new_tokens)
        temperature = self._pick("temperature", temperature)
        top_k, top_p = self._pick("top_k", top_k), self._pick("top_p", top_p)
        eos = self._pick("eos_token_id", eos_token_id)
        do_sample = self._pick("do_sample", do_sample)
        GeneratorConfig(new, temperature, top_k, top_p)
        training = self.model.training
        texts = [p.tolist() for p in prompts]
        running = [True] * len(texts)
        try:
            self.model.eval()
            for _ in range(new):
                logits = self._next(texts)
                if do_sample:
                    ids = strategies.combined_sample(logits, temperature, top_k, top_p, generator)
                else:
                    ids = strategies.greedy_sample(logits)
                for i, token in enumerate(ids.tolist()):
                    if running[i]:
                        texts[i].append(token)
                        running[i] = token != eos
                if not any(running):
                    break
        finally:
            self.model.train(training)
        return [torch.tensor(t, device=self.device) for t in texts]

    @torch.no_grad()
    def _next(self, texts):
        windows = [t[-self.model.max_len :] for t in texts]
        width = max(len(w) for w in windows)
        fed = torch.tensor([w + [0] * (width - len(w)) for w in windows], device=self.device)
        logits, _ = self.model(fed)
        last = torch.tensor([len(w) - 1 for w in windows], device=self.device)
        return logits[torch.arange(len(texts)), last]
