"""Scenarios of module 07, ``sampling/generator.py``, with a TinyTransformerLM of given weights."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..outcomes import WrongReturn
from ._torch import torch
from .model import built
from .tools import describe, gradients, refusals, tensor, unpack

if TYPE_CHECKING:
    from torch import Tensor

FIELDS: dict[str, type | tuple[type, ...]] = {  # of GeneratorConfig
    "max_new_tokens": int,
    "temperature": (int, float),
    "top_k": (int, type(None)),
    "top_p": (int, float, type(None)),
    "do_sample": bool,
    "eos_token_id": (int, type(None)),
    "pad_token_id": (int, type(None)),
}


def _values(config: Any) -> Tensor:
    """Of each field whether it is None, and its number."""
    rows = []
    for name, kinds in FIELDS.items():
        if not hasattr(config, name):
            raise WrongReturn(f"a GeneratorConfig has no {name}")
        value: Any = getattr(config, name)
        right_kind: bool = isinstance(value, kinds)
        if not right_kind:
            raise WrongReturn(f"{name} is {describe(value)}")
        rows.append([float(value is None), float(value or 0)])
    return torch.tensor(rows, dtype=torch.float64)


def configs(tt: Any, settings: dict[str, Any]) -> dict[str, Tensor]:
    """Make a config of defaults, one with settings, and one of defaults again."""
    make = tt.sampling.generator.GeneratorConfig
    values = [_values(make(**given)) for given in ({}, settings, {})]
    return {"defaults": values[0], "values": values[1], "defaults after it": values[2]}


def configs_in_chosen_calls(tt: Any, calls: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
    """Make several configs, some with settings that must be refused."""
    make = tt.sampling.generator.GeneratorConfig
    return refusals(lambda **settings: {"values": _values(make(**settings))}, calls)


def _generator(tt: Any, model: Any, settings: Mapping[str, Any] | None) -> Any:
    """A TextGenerator; with settings None no config is given."""
    part = tt.sampling.generator
    if settings is None:
        return part.TextGenerator(model)
    return part.TextGenerator(model, part.GeneratorConfig(**settings))


def generate(
    tt: Any,
    config: dict[str, Any],
    weights: Tensor,
    prompts: list[Tensor],
    settings: dict[str, Any] | None = None,
    **given: Any,
) -> dict[str, Tensor]:
    """One TextGenerator continues one batch of prompts after another."""
    generator = _generator(tt, built(tt, config, weights)[0], settings)
    return {
        f"tokens of batch {number}": tensor(generator.generate(batch, **given), "tokens").clone()
        for number, batch in enumerate(prompts)
    }


def greedy(
    tt: Any, config: dict[str, Any], weights: Tensor, prompts: Tensor, new: int
) -> dict[str, Tensor]:
    """The likeliest token after each prompt [B, n], and so on; how far its logit is above the next.

    Asked of the reference only, to choose prompts.
    """
    model, _ = built(tt, config, weights)
    texts, gaps = prompts, []
    torch.set_grad_enabled(False)  # until the next scenario
    for _ in range(new):
        logits, _ = model(texts[:, -config["max_len"] :])
        best = logits[:, -1].topk(2)
        gaps.append(best.values[:, 0] - best.values[:, 1])
        texts = torch.cat((texts, best.indices[:, :1]), dim=1)
    return {"texts": texts, "gaps": torch.stack(gaps, dim=1)}


def generate_by_config_after_a_call(
    tt: Any,
    config: dict[str, Any],
    weights: Tensor,
    tokens: Tensor,
    settings: dict[str, Any],
    **given: Any,
) -> dict[str, Tensor]:
    """Generate by the config, then with arguments in the call, and by the config again."""
    part = tt.sampling.generator
    model, _ = built(tt, config, weights)
    own = part.GeneratorConfig(**settings)
    generator = part.TextGenerator(model, config=own, device="cpu")
    by_config = tensor(generator.generate(tokens), "tokens")
    by_call = tensor(generator.generate(tokens, **given), "tokens")
    again = tensor(generator.generate(tokens), "tokens")
    return {
        "tokens by config": by_config,
        "tokens by call": by_call,
        "tokens by config after it": again,
        "config after it": _values(own),
    }


def generate_with_care(
    tt: Any,
    config: dict[str, Any],
    weights: Tensor,
    tokens: Tensor,
    training: bool,
    cotangent: Tensor,
    **given: Any,
) -> dict[str, Tensor]:
    """Generate from a view; then look at the prompt, and run the model on its end, with gradients.

    How many tensors torch put by for a backward pass meanwhile is handed back too. A model that
    cannot be trained any more has a gradient of zero.
    """
    model, own = built(tt, config, weights, training)
    generator = _generator(tt, model, None)
    spread = torch.stack((tokens, tokens), dim=-1)[..., 0]
    saved: list[Tensor] = []

    def save(value: Tensor) -> Tensor:
        saved.append(value)
        return value

    with torch.autograd.graph.saved_tensors_hooks(save, lambda value: value):
        found = tensor(generator.generate(spread, **given), "tokens").clone()
    last = tokens[:, -config["max_len"] :]
    logits = unpack(model(last), "logits", "hidden states")["logits"]
    bias = {"ln_f.bias": own["ln_f.bias"]}
    trainable = logits.requires_grad and bias["ln_f.bias"].requires_grad
    after = gradients(bias, logits, cotangent) if trainable else {}
    return {
        "tokens": found,
        "prompt after the call": spread,
        "number of tensors kept for gradients": torch.tensor(len(saved)),
        "logits after the call": logits,
        "gradient of ln_f.bias": torch.zeros_like(bias["ln_f.bias"]),
        **after,
    }


def generate_after_an_error(
    tt: Any,
    config: dict[str, Any],
    weights: Tensor,
    tokens: Tensor,
    wrong: Tensor,
    training: bool,
    **given: Any,
) -> dict[str, Tensor]:
    """Generate from ids that the model refuses; then run the model, and generate from right ones."""
    model, _ = built(tt, config, weights, training)
    generator = _generator(tt, model, None)
    with contextlib.suppress(Exception):
        generator.generate(wrong, **given)
    logits = unpack(model(tokens), "logits", "hidden states")["logits"]
    found = tensor(generator.generate(tokens, **given), "tokens")
    return {"logits after an error": logits, "tokens after an error": found}


def generate_often(
    tt: Any,
    config: dict[str, Any],
    weights: Tensor,
    prompt: Tensor,
    rows: int,
    settings: dict[str, Any] | None = None,
    **given: Any,
) -> dict[str, Tensor]:
    """Generate from many copies of one prompt."""
    generator = _generator(tt, built(tt, config, weights)[0], settings)
    return {"tokens": tensor(generator.generate(prompt.repeat(rows, 1), **given), "tokens")}


def generate_with_seeds(
    tt: Any,
    config: dict[str, Any],
    weights: Tensor,
    tokens: Tensor,
    prompts: list[Tensor],
    seeds: list[int],
    **given: Any,
) -> dict[str, Tensor]:
    """Generate, and in a batch, with one generator for each seed, and torch's own stream elsewhere."""
    generator = _generator(tt, built(tt, config, weights)[0], None)
    found = {}
    for run, seed in enumerate(seeds):
        torch.rand(run + 1)
        stream = torch.Generator().manual_seed(seed)
        drawn = generator.generate(tokens.clone(), generator=stream, **given)
        found[f"tokens of run {run}"] = tensor(drawn, "tokens")
        stream = torch.Generator().manual_seed(seed)
        texts = _texts(generator.generate_batch(prompts, generator=stream, **given), prompts)
        found[f"texts of run {run}"] = torch.cat(texts)
    return found


def _texts(found: object, prompts: Sequence[Tensor]) -> list[Tensor]:
    """What generate_batch returned; WrongReturn unless it is a 1-D tensor for each prompt."""
    if not isinstance(found, list | tuple):
        raise WrongReturn(f"it returned {describe(found)}, expected a list of tensors")
    if len(found) != len(prompts):
        raise WrongReturn(f"it returned {len(found)} texts for {len(prompts)} prompts")
    for text in found:
        if tensor(text, "a text").dim() != 1:
            raise WrongReturn(f"a text is {describe(text)}, expected one axis")
    return [*found]


def generate_batch(
    tt: Any,
    config: dict[str, Any],
    weights: Tensor,
    prompts: list[Tensor],
    settings: dict[str, Any] | None = None,
    **given: Any,
) -> dict[str, Tensor]:
    """Continue prompts of several lengths; the texts, and the prompts after it."""
    generator = _generator(tt, built(tt, config, weights)[0], settings)
    texts = _texts(generator.generate_batch(prompts, **given), prompts)
    found = {f"text {number}": text.clone() for number, text in enumerate(texts)}
    return {**found, "prompts after the call": torch.cat(prompts)}


def next_tokens_of_batch(
    tt: Any,
    config: dict[str, Any],
    weights: Tensor,
    prompts: list[Tensor],
    copies: int,
    **given: Any,
) -> dict[str, Tensor]:
    """Continue many copies of some prompts by one token, all in one batch; the new tokens [copies]."""
    generator = _generator(tt, built(tt, config, weights)[0], None)
    many = [prompt.clone() for _ in range(copies) for prompt in prompts]
    texts = _texts(generator.generate_batch(many, max_new_tokens=1, **given), many)
    for text, prompt in zip(texts, many, strict=True):
        if len(text) <= len(prompt):
            raise WrongReturn(f"a prompt of {len(prompt)} tokens became {describe(text)}")
    count = len(prompts)
    return {
        f"tokens after prompt {n}": torch.stack([text[len(prompt)] for text in texts[n::count]])
        for n, prompt in enumerate(prompts)
    }


def generate_in_chosen_calls(tt: Any, calls: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
    """Generate in several calls, some with arguments that must be refused."""

    def call(
        config: dict[str, Any], weights: Tensor, tokens: Tensor, **given: Any
    ) -> dict[str, Tensor]:
        generator = _generator(tt, built(tt, config, weights)[0], None)
        return {"tokens": tensor(generator.generate(tokens, **given), "tokens")}

    return refusals(call, calls)
