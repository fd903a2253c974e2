"""A plain class for the config, an iterator that yields tokens, and padding written at the end."""

import copy

import torch

from . import strategies


class GeneratorConfig:
    def __init__(
        self,
        max_new_tokens=50,
        temperature=1.0,
        top_k=None,
        top_p=None,
        do_sample=True,
        eos_token_id=None,
        pad_token_id=None,
    ):
        if max_new_tokens < 0 or temperature <= 0:
            raise ValueError("max_new_tokens or temperature is too small")
        if top_k is not None and top_k < 1:
            raise ValueError("top_k is below 1")
        if top_p is not None and (top_p <= 0 or top_p > 1):
            raise ValueError("top_p is not in (0, 1]")
        self.max_new_tokens, self.temperature = max_new_tokens, temperature
        self.top_k, self.top_p, self.do_sample = top_k, top_p, do_sample
        self.eos_token_id, self.pad_token_id = eos_token_id, pad_token_id


class TextGenerator:
    def __init__(self, model, config=None, device=None):
        self.model = model
        if device:
            self.model = model.to(device)
        self.config = GeneratorConfig() if config is None else copy.copy(config)

    def _tokens(self, text, c, generator):
        """Yields the next tokens [B], one step after another, whatever has ended."""
        while True:
            was = torch.is_grad_enabled()
            torch.set_grad_enabled(False)
            try:
                logits = self.model(text[:, -self.model.max_len :])[0].select(1, -1)
            finally:
                torch.set_grad_enabled(was)
            if c.do_sample:
                token = strategies.combined_sample(
                    logits,
                    temperature=c.temperature,
                    top_k=c.top_k,
                    top_p=c.top_p,
                    generator=generator,
                )
            else:
                token = strategies.greedy_sample(logits)
            text = torch.hstack([text, token[:, None]])
            yield token

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
        own = self.config
        c = GeneratorConfig(
            own.max_new_tokens if max_new_tokens is None else max_new_tokens,
            own.temperature if temperature is None else temperature,
            own.top_k if top_k is None else top_k,
            own.top_p if top_p is None else top_p,
            own.do_sample if do_sample is None else do_sample,
            own.eos_token_id if eos_token_id is None else eos_token_id,
            own.pad_token_id,
        )
        training = self.model.training
        self.model.train(False)
        new = []
        try:
            for _, token in zip(range(c.max_new_tokens), self._tokens(start_tokens, c, generator)):
                new.append(token)
        finally:
            self.model.train(training)
        if not new:
            return start_tokens.clone()
        new = torch.stack(new, dim=1)
        if c.eos_token_id is not None:
            eos = new == c.eos_token_id
            after = (eos.cumsum(1) - eos.long()) > 0
            fill = c.eos_token_id if c.pad_token_id is None else c.pad_token_id
            new = torch.where(after, fill, new)
        return torch.hstack([start_tokens, new])

    def generate_batch(self, prompts, *args, **kwargs):
        return [self.generate(prompt[None, :], *args, **kwargs)[0] for prompt in prompts]
