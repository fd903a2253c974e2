"""Scenarios of module 05, ``model.py``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..outcomes import WrongReturn
from ._torch import torch
from .tools import describe, gradients, load_weights, number, of_kind, refusals, tensor, unpack

if TYPE_CHECKING:
    from torch import Tensor

PARTS = ("embedding", "transformer_blocks", "ln_f", "lm_head", "total")
TABLE, HEAD = "embedding.token_embedding.embedding.weight", "lm_head.weight"
ARGUMENTS: dict[str, type | tuple[type, ...]] = {  # of the constructor
    "vocab_size": int,
    "d_model": int,
    "n_heads": int,
    "n_layers": int,
    "d_ff": int,
    "max_len": int,
    "dropout": (int, float),
    "positional": str,
    "tie_weights": bool,
    "padding_idx": (int, type(None)),
}


def shapes(given: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """The shape of every tensor that the state_dict must have, by key."""
    v, d, f = given["vocab_size"], given["d_model"], given["d_ff"]
    place = "position_embeddings.weight" if given.get("positional") == "learned" else "pe"
    found: dict[str, tuple[int, ...]] = {
        TABLE: (v, d),
        f"embedding.positional_encoding.{place}": (given["max_len"], d),
    }
    for layer in range(given["n_layers"]):
        linears = {f"self_attn.W_{name}": (d, d) for name in "qkvo"}
        linears |= {"feed_forward.fc1": (f, d), "feed_forward.fc2": (d, f)}
        for name, shape in linears.items():
            found[f"blocks.{layer}.{name}.weight"] = shape
            found[f"blocks.{layer}.{name}.bias"] = shape[:1]
        for name in ("norm1", "norm2"):
            found[f"blocks.{layer}.{name}.weight"] = found[f"blocks.{layer}.{name}.bias"] = (d,)
    found |= {"ln_f.weight": (d,), "ln_f.bias": (d,), HEAD: (v, d)}
    return found


def built(
    tt: Any, config: Mapping[str, Any], weights: Tensor, training: bool = False
) -> tuple[Any, dict[str, Tensor]]:
    """A model in float64, in evaluation if not told otherwise, and its tensors by key.

    Its weights are loaded, all in one row, by the keys of ``shapes``; of a tied model not the head.
    """
    model = tt.model.TinyTransformerLM(**config).double().train(training)
    wanted = shapes(config)
    if config.get("tie_weights", True):
        del wanted[HEAD]
    parts = torch.split(weights, [math.prod(shape) for shape in wanted.values()])
    rows = zip(wanted.items(), parts, strict=True)
    return model, load_weights(model, {key: part.view(shape) for (key, shape), part in rows})


def _states(found: Any) -> dict[str, Tensor]:
    if not isinstance(found, list | tuple):
        raise WrongReturn(f"the hidden states are {describe(found)}, expected a list of tensors")
    return {f"hidden state {number}": state for number, state in enumerate(found)}


def _logits(model: Any, *given: Any, **named: Any) -> Tensor:
    return unpack(model(*given, **named), "logits", "hidden states")["logits"]


def logits(tt: Any, config: dict[str, Any], weights: Tensor, tokens: Tensor) -> dict[str, Tensor]:
    """Build a model with these weights, and run it."""
    return {"logits": _logits(built(tt, config, weights)[0], tokens)}


def logits_with_masks(
    tt: Any, config: dict[str, Any], weights: Tensor, tokens: Tensor, masks: list[Tensor]
) -> dict[str, Tensor]:
    """Build one model, and run it with one mask after another."""
    model, _ = built(tt, config, weights)
    return {f"logits with mask {n}": _logits(model, tokens, mask) for n, mask in enumerate(masks)}


def logits_of_each(
    tt: Any, config: dict[str, Any], weights: Tensor, texts: list[Tensor]
) -> dict[str, Tensor]:
    """Build one model, and run it on one batch after another."""
    model, _ = built(tt, config, weights)
    return {f"logits of batch {n}": _logits(model, tokens) for n, tokens in enumerate(texts)}


def hidden_states(
    tt: Any, config: dict[str, Any], weights: Tensor, tokens: Tensor, training: bool = False
) -> dict[str, Tensor]:
    """Build a model, run it, and ask for the hidden states."""
    model, _ = built(tt, config, weights, training)
    unasked = unpack(model(tokens), "logits", "hidden states")["hidden states"]
    if unasked is not None:
        raise WrongReturn("it gave hidden states back that nobody asked for, expected None")
    found = unpack(model(tokens, return_hidden_states=True), "logits", "hidden states")
    return {"logits": found["logits"], **_states(found["hidden states"])}


def logits_with_gradients(
    tt: Any, config: dict[str, Any], weights: Tensor, tokens: Tensor, cotangent: Tensor
) -> dict[str, Tensor]:
    """Build a model, run it, and pull a cotangent back to every parameter."""
    model, own = built(tt, config, weights)
    leaves = {key: weight for key, weight in own.items() if weight.requires_grad}
    output = _logits(model, tokens)
    return {"logits": output} | gradients(leaves, output, cotangent)


def moved_tie(tt: Any, config: dict[str, Any], table: Tensor, head: Tensor) -> dict[str, Tensor]:
    """Write into the table and look at the head, the other way round, and again after a load."""
    model = tt.model.TinyTransformerLM(**config).double()
    found = {}
    load_weights(model, {TABLE: table})
    found["head after a write into the table"] = load_weights(model, {HEAD: None})[HEAD].clone()
    own = load_weights(model, {HEAD: head, TABLE: None})
    found["table after a write into the head"] = own[TABLE].clone()
    model.load_state_dict({**model.state_dict(), TABLE: table, HEAD: table})
    own = load_weights(model, {HEAD: head, TABLE: None})
    found["table after a load and a write into the head"] = own[TABLE].clone()
    return found


def careful_use(
    tt: Any, config: dict[str, Any], weights: Tensor, tokens: Tensor, mask: Tensor
) -> dict[str, Tensor]:
    """Run a model on a text that is a view, with a mask; the logits, and the inputs after it."""
    model, _ = built(tt, config, weights)
    spread = torch.stack((tokens, tokens), dim=-1)[..., 0]
    masks = torch.stack((mask, mask), dim=-1)[..., 0]
    masked = _logits(model, spread, masks)
    plain = _logits(model, spread)
    return {
        "logits": plain,
        "logits with a mask": masked,
        "tokens after the call": spread,
        "mask after the call": masks,
    }


def initial_weights(tt: Any, config: dict[str, Any]) -> dict[str, Tensor]:
    """Build a model; the weights it starts with, by key."""
    model = tt.model.TinyTransformerLM(**config)
    return dict(model.named_parameters(remove_duplicate=False))


def initial_logits(tt: Any, config: dict[str, Any], tokens: Tensor) -> dict[str, Tensor]:
    """Build a model, and run it in evaluation with the weights it starts with."""
    return {"logits": _logits(tt.model.TinyTransformerLM(**config).eval(), tokens)}


def counts(tt: Any, config: dict[str, Any], frozen: Sequence[str]) -> dict[str, Tensor]:
    """Build a model, and ask for both counts, before some parameters are frozen and after it."""
    model = tt.model.TinyTransformerLM(**config)
    found = {}
    for when in ("", " after freezing"):
        if when:
            _freeze(model, frozen)
        found[f"count{when}"] = number(model.count_parameters(), "count")
        trainable = model.count_parameters(trainable_only=True)
        found[f"trainable count{when}"] = number(trainable, "trainable count")
    return found


def _freeze(model: Any, frozen: Sequence[str]) -> None:
    parameters = dict(model.named_parameters(remove_duplicate=False))
    for key in frozen:
        if key not in parameters:
            raise WrongReturn(f"its state_dict has no {key}")
        parameters[key].requires_grad_(False)


def breakdown(tt: Any, config: dict[str, Any]) -> dict[str, Tensor]:
    """Build a model, and ask for the breakdown."""
    found = of_kind(tt.model.TinyTransformerLM(**config).get_parameter_breakdown(), dict)
    missing = [part for part in PARTS if part not in found]
    if missing:
        raise WrongReturn(f"the breakdown has no {', '.join(missing)}; found: {[*found]}")
    return {part: number(found[part], part) for part in PARTS}


def built_in_chosen_ways(tt: Any, calls: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
    """Build models and run them, some with arguments that must be refused."""

    def call(weights: Tensor, tokens: Tensor, **config: Any) -> dict[str, Tensor]:
        model, _ = built(tt, config, weights)
        return {"logits": _logits(model, tokens)}

    return refusals(call, calls)


def generate(
    tt: Any,
    config: dict[str, Any],
    weights: Tensor,
    tokens: Tensor,
    max_new_tokens: int,
    temperature: float,
    training: bool = False,
) -> dict[str, Tensor]:
    """Generate, and look at the prompt after; then run the model on the prompt's end."""
    model, _ = built(tt, config, weights, training)
    found = tensor(model.generate(tokens, max_new_tokens, temperature), "tokens").clone()
    after = _logits(model, tokens[:, -config["max_len"] :])
    return {"tokens": found, "prompt after the call": tokens, "logits after the call": after}


def generate_often(
    tt: Any,
    config: dict[str, Any],
    weights: Tensor,
    prompt: Tensor,
    rows: int,
    temperature: float | None,
) -> dict[str, Tensor]:
    """Generate one token for many copies of one prompt; temperature None is not given."""
    model, _ = built(tt, config, weights)
    given = {} if temperature is None else {"temperature": temperature}
    found = tensor(model.generate(prompt.expand(rows, -1).clone(), 1, **given), "tokens")
    return {"tokens": found}


def generate_with_seeds(
    tt: Any,
    config: dict[str, Any],
    weights: Tensor,
    tokens: Tensor,
    max_new_tokens: int,
    seeds: list[int],
) -> dict[str, Tensor]:
    """Generate with one generator for each seed, with torch's own stream elsewhere each time."""
    model, _ = built(tt, config, weights)
    found = {}
    for run, seed in enumerate(seeds):
        torch.rand(run + 1)
        stream = torch.Generator().manual_seed(seed)
        drawn = model.generate(tokens.clone(), max_new_tokens, generator=stream)
        found[f"tokens of run {run}"] = tensor(drawn, "tokens")
    return found


def generate_in_chosen_calls(tt: Any, calls: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
    """Generate in several calls, some with arguments that must be refused."""

    def call(config: dict[str, Any], weights: Tensor, **given: Any) -> dict[str, Tensor]:
        model, _ = built(tt, config, weights)
        return {"tokens": tensor(model.generate(**given), "tokens")}

    return refusals(call, calls)


def _numbers(config: object) -> Tensor:
    """A row for each argument of the constructor: whether it is there, and its number, if it is one.

    What no constructor takes, or of a type that it does not take, is WrongReturn.
    """
    config = of_kind(config, dict)
    for name, value in config.items():
        if name not in ARGUMENTS:
            raise WrongReturn(f"{name!r} is no argument of the constructor: {', '.join(ARGUMENTS)}")
        kinds = ARGUMENTS[name]
        if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
            raise WrongReturn(f"{name} is {describe(value)}")
    rows = []
    for name in ARGUMENTS:
        value = config.get(name, 0)
        if isinstance(value, str):
            value = {"sinusoidal": 1, "learned": 2}.get(value, -1)
        rows.append([float(name in config), float(value or 0)])
    return torch.tensor(rows, dtype=torch.float64)


def model_configs(tt: Any, sizes: list[str]) -> dict[str, Tensor]:
    """Ask for configurations, empty each dict, and ask again."""
    found = {}
    for size in sizes:
        for turn in ("first", "second"):
            config = tt.model.get_model_config(size)
            found[f"{size}, {turn} time"] = _numbers(config)
            config.clear()
    return found


def model_configs_in_chosen_calls(tt: Any, calls: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
    """Ask for several configurations, some of sizes that must be refused."""
    return refusals(lambda size: {"config": _numbers(tt.model.get_model_config(size))}, calls)
