"""A cache in two tensors of full size, made once for each batch; prompts grouped with itertools."""

import math
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import groupby

import torch
from torch import nn

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
        checks = {
            "max_new_tokens": self.max_new_tokens >= 0,
            "temperature": self.temperature > 0,
            "top_k": self.top_k is None or self.top_k >= 1,
            "top_p": self.top_p is None or 0 < self.top_p <= 1,
        }
        for name, fine in checks.items():
            if not fine:
                raise ValueError(f"{name} cannot be {getattr(self, name)}")


@contextmanager
def borrowed(model):
    modes = [(m, m.training) for m in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            yield model
    finally:
        for m, mode in modes:
            m.training = mode


class Cached:
    """Feeds token after token; knows the place of each."""

    def __init__(self, model, batch):
        self.model, self.t = model, 0
        block = model.blocks[0].self_attn
        shape = (len(model.blocks), batch, block.n_heads, model.max_len, block.d_k)
        weight = model.lm_head.weight
        self.K = torch.zeros(shape, dtype=weight.dtype, device=weight.device)
        self.V = torch.zeros_like(self.K)
        d = weight.shape[1]
        zeros = torch.zeros(1, model.max_len, d, dtype=weight.dtype, device=weight.device)
        self.places = model.embedding.positional_encoding(zeros)

    def feed(self, token):
        t = self.t
        x = self.model.embedding.token_embedding(token[:, None]) + self.places[:, t : t + 1]
        for i, b in enumerate(self.model.blocks):
            a = b.self_attn
            n = b.norm1(x)
            q = a.split_heads(a.W_q(n))
            self.K[i, :, :, t] = a.split_heads(a.W_k(n))[:, :, 0]
            self.V[i, :, :, t] = a.split_heads(a.W_v(n))[:, :, 0]
            s = (q * self.K[i, :, :, : t + 1]).sum(-1) / math.sqrt(q.size(-1))
            o = (s.softmax(-1)[..., None] * self.V[i, :, :, : t + 1]).sum(2, keepdim=True)
            x = x + a.W_o(a.combine_heads(o))
            x = x + b.feed_forward(b.norm2(x))
        self.t += 1
        return self.model.lm_head(self.model.ln_f(x))[:, 0]


class TextGenerator:
    def __init__(self, model, config=None, device=None):
        self.model: nn.Module = model if device is None else model.to(torch.device(device))
        self.config = config or GeneratorConfig()

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
        said = locals()
        own = asdict(self.config)
        c = GeneratorConfig(**{k: v if said.get(k) is None else said[k] for k, v in own.items()})
        pad = c.eos_token_id if c.pad_token_id is None else c.pad_token_id
        B, T = start_tokens.shape
        out = torch.full((B, T + c.max_new_tokens), 0 if pad is None else pad)
        out[:, :T] = start_tokens
        alive = torch.ones(B, dtype=torch.bool)
        with borrowed(self.model) as model:
            cache = Cached(model, B)
            for t in range(T, T + c.max_new_tokens):
                if t <= model.max_len:
                    for at in range(cache.t, t):
                        logits = cache.feed(out[:, at])
                else:
                    logits = model(out[:, t - model.max_len : t])[0][:, -1]
                ids = (
                    combined_sample(logits, c.temperature, c.top_k, c.top_p, generator)
                    if c.do_sample
                    else greedy_sample(logits)
                )
                out[alive, t] = ids[alive]
                if c.eos_token_id is not None:
                    alive &= ids != c.eos_token_id
                if not alive.any():
                    break
        return out

    def generate_batch(self, prompts, **stated):
        order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
        answer = {}
        for _, group in groupby(order, key=lambda i: len(prompts[i])):
            group = list(group)
            rows = self.generate(torch.stack([prompts[i] for i in group]), **stated)
            answer.update(zip(group, rows))
        return [answer[i] for i in range(len(prompts))]
