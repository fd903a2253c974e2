"""Pictures of a model and its training. This file is given: read it, use it, there is nothing to write.

Every function gives a ``matplotlib.figure.Figure``: the last line of a notebook cell shows it, and
``figure.savefig("picture.png")`` keeps it. None needs a display, and none changes a setting of
matplotlib. Pictures are dark on white, so that they can be read in light and dark notebooks alike.

Letters in the shape comments: T_q queries, T_k keys, H heads, V vocabulary, D = d_model.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from .drawing import (
    BLUE,
    COLOURS,
    GREEN,
    MOST_LABELS,
    ORANGE,
    RED,
    expect_axes,
    heat_map,
    new_figure,
    plain,
    same_look,
    texts_for,
)

if TYPE_CHECKING:  # matplotlib takes a second to load: only a drawing waits for it
    from matplotlib.figure import Figure


def plot_attention_pattern(
    weights: Tensor,
    tokens: Sequence[str] | None = None,
    key_tokens: Sequence[str] | None = None,
    title: str = "Attention",
) -> Figure:
    """How much each query looks at each key: a row for each query, from 0 to 1.

    Args:
        weights: [T_q, T_k], of one head.
        tokens: the texts of the queries; None numbers them.
        key_tokens: those of the keys; None: the same as the queries.

    Raises:
        ValueError: ``weights`` has other axes, or there is not one text for each row or column.
    """
    expect_axes("weights", weights, "T_q", "T_k")
    with same_look():
        size = 2.5 + 0.22 * min(max(weights.shape), MOST_LABELS)
        figure, [[axes]] = new_figure(size + 1.0, size)
        image = heat_map(axes, weights, tokens, tokens if key_tokens is None else key_tokens)
        axes.set(title=plain(title), xlabel="key: what is looked at", ylabel="query: what looks")
        figure.colorbar(image, ax=axes, label="attention weight", shrink=0.8)
        return figure


def plot_multi_head_attention(
    weights: Tensor, tokens: Sequence[str] | None = None, title: str = "Attention of each head"
) -> Figure:
    """``plot_attention_pattern`` for every head, side by side on one scale.

    Args:
        weights: [H, T_q, T_k], of one sequence.
        tokens: the texts of queries and keys; None numbers them.

    Raises:
        ValueError: as ``plot_attention_pattern`` does.
    """
    expect_axes("weights", weights, "H", "T_q", "T_k")
    heads = weights.size(0)
    columns = math.ceil(math.sqrt(heads))
    rows = math.ceil(heads / columns)
    with same_look():
        size = 1.6 + 0.16 * min(max(weights.shape[1:]), MOST_LABELS)
        figure, grid = new_figure(columns * size + 1.0, rows * size + 0.6, rows, columns)
        places = [axes for row in grid for axes in row]
        for head, axes in enumerate(places[:heads]):
            image = heat_map(axes, weights[head], tokens, tokens)
            axes.set_title(f"head {head}")
        for axes in places[heads:]:
            axes.set_axis_off()
        figure.suptitle(plain(title))
        figure.supxlabel("key: what is looked at")
        figure.supylabel("query: what looks")
        figure.colorbar(image, ax=places, label="attention weight", shrink=0.8)
        return figure


def plot_training_curves(
    records: Iterable[Mapping[str, Any]], title: str = "Training", smoothing: float = 0.9
) -> Figure:
    """Loss over steps, and below it the learning rate and the gradient norm, where they are known.

    Args:
        records: as a training log holds them, one for each line: ``step``, and any of ``loss``,
            ``val_loss``, ``learning_rate`` and ``gradient_norm``. Other keys are passed over.
        smoothing: of the training loss, from 0 (none) to below 1: how much of the mean so far
            stays with each new value. What was measured is drawn behind it, lighter.

    Raises:
        ValueError: no record has a step with a loss.
    """
    if not 0 <= smoothing < 1:
        raise ValueError(f"smoothing is {smoothing}, expected at least 0 and less than 1")
    curves = _curves(records)
    if not curves["loss"][0] and not curves["val_loss"][0]:
        raise ValueError("records hold no loss, expected `step` with `loss` or `val_loss`")
    below = [name for name in ("learning_rate", "gradient_norm") if curves[name][0]]
    with same_look():
        heights = [3.2, *(1.2 for _ in below)]
        figure, grid = new_figure(
            7.0, sum(heights) + 0.8, len(heights), heights=heights, sharex=True
        )
        axes = grid[0][0]
        steps, losses = curves["loss"]
        if steps and smoothing:
            axes.plot(steps, losses, color=BLUE, alpha=0.35, linewidth=0.8)
        if steps:
            label = f"training, smoothed {smoothing:g}" if smoothing else "training"
            axes.plot(steps, _smoothed(losses, smoothing), color=BLUE, label=label)
        steps, losses = curves["val_loss"]
        if steps:
            axes.plot(steps, losses, "o--", color=RED, markersize=4, label="held-out")
        axes.set(title=plain(title), ylabel="loss, nats per token")
        axes.legend()
        labels = {"learning_rate": "learning rate", "gradient_norm": "gradient norm"}
        for name, [axes] in zip(below, grid[1:], strict=True):
            axes.plot(*curves[name], color=GREEN)
            axes.set_ylabel(labels[name])
        axes.set_xlabel("step")
        return figure


def plot_token_embeddings_2d(
    embeddings: Tensor, labels: Sequence[str], title: str = "Token embeddings"
) -> Figure:
    """The table of embeddings, seen from where it is widest: its first two principal components.

    Each axis says how much of the variance lies along it. Little on both means that the picture
    shows little: most of the table lies in directions that are not drawn.

    Args:
        embeddings: [V, D], a row for each token, V at least 2, D at least 2.
        labels: the texts of the tokens.

    Raises:
        ValueError: ``embeddings`` has other axes or fewer rows, or there is not one label for each.
    """
    expect_axes("embeddings", embeddings, "V", "D")
    if min(embeddings.shape) < 2:
        raise ValueError(f"embeddings has shape {[*embeddings.shape]}, expected two of each")
    names = texts_for("labels", labels, len(embeddings))
    centred = embeddings.detach().double().cpu()
    centred = centred - centred.mean(dim=0)  # (V, D)
    _, spread, directions = torch.linalg.svd(centred, full_matrices=False)  # (min,), (min, D)
    places = centred @ directions[:2].T  # (V, 2)
    shares = spread.square() / spread.square().sum().clamp_min(1e-30)  # (min,)
    groups = [_kind_of(label) for label in labels]
    with same_look():
        figure, [[axes]] = new_figure(8.0, 6.0)
        for number, group in enumerate(dict.fromkeys(groups)):
            chosen = torch.tensor([other == group for other in groups])
            x, y = places[chosen].T.tolist()
            axes.scatter(x, y, s=14, color=COLOURS[number], marker="os^Dv"[number], label=group)
        for name, (x, y) in zip(names, places.tolist(), strict=True):
            axes.annotate(name, (x, y), (3, 3), textcoords="offset points", fontsize=8)
        axes.set(
            title=plain(title),
            xlabel=f"first component, {shares[0]:.0%} of the variance",
            ylabel=f"second component, {shares[1]:.0%} of the variance",
        )
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
        return figure


def plot_temperature_comparison(
    logits: Tensor,
    temperatures: Sequence[float] = (0.5, 1.0, 1.5),
    labels: Sequence[str] | None = None,
    top: int = 12,
    title: str = "What the temperature does",
) -> Figure:
    """Probabilities of the likeliest next tokens at several temperatures, and their entropies.

    Args:
        logits: [V], scores of the next token.
        temperatures: above 0 each, at most seven.
        labels: the texts of the tokens; None numbers them.
        top: how many of the likeliest to show.

    Raises:
        ValueError: ``logits`` has other axes, a temperature is not above 0, there are none or more
            than seven, or there is not one label for each token.
    """
    expect_axes("logits", logits, "V")
    if not 1 <= len(temperatures) <= len(COLOURS) or min(temperatures) <= 0:
        raise ValueError(f"temperatures are {[*temperatures]}, expected 1 to 7, each above 0")
    names = texts_for("labels", labels, len(logits))
    scores = logits.detach().double().cpu()
    best = scores.topk(min(top, len(scores))).indices.tolist()
    width = 0.8 / len(temperatures)
    with same_look():
        figure, [[axes]] = new_figure(max(6.0, 0.6 * len(best) + 2), 3.8)
        for number, temperature in enumerate(temperatures):
            probs = torch.softmax(scores / temperature, dim=-1)  # (V,)
            nats = float(torch.special.entr(probs).sum())
            offset = (number - (len(temperatures) - 1) / 2) * width
            axes.bar(
                [place + offset for place in range(len(best))],
                probs[best].tolist(),
                width,
                color=COLOURS[number],
                edgecolor="white",
                label=f"temperature {temperature:g}, entropy {nats:.2f} nats",
            )
        axes.set_xticks(range(len(best)), [names[i] for i in best])
        axes.set(title=plain(title), xlabel="next token, the likeliest first", ylabel="probability")
        axes.legend()
        return figure


def plot_gradient_flow(model: nn.Module, title: str = "Gradient flow") -> Figure:
    """The size of each parameter's gradient, from input to output, on a logarithmic scale.

    To be called after ``backward``. Bars that shrink towards the input are gradients that vanish;
    bars that grow are gradients that explode. A parameter without a gradient has no bar and says so.

    Args:
        model: whose gradients are looked at, and left as they are.

    Raises:
        ValueError: no parameter has a gradient.
    """
    sizes = {  # the mean and the largest entry, or None
        name: (p.grad.abs().mean().item(), p.grad.abs().max().item())
        if p.grad is not None
        else None
        for name, p in model.named_parameters()
        if p.requires_grad
    }
    known = [size for size in sizes.values() if size is not None]
    if not known:
        raise ValueError("no parameter of the model has a gradient, expected backward() before")
    floor = min((mean for mean, _ in known if mean > 0), default=1e-12) / 3
    with same_look():
        figure, [[axes]] = new_figure(8.0, 1.6 + 0.18 * len(sizes))
        for place, size in enumerate(sizes.values()):
            if size is None or size[1] == 0:
                words = "no gradient" if size is None else "all zero"
                axes.annotate(
                    words, (floor, place), (4, 0), textcoords="offset points", va="center"
                )
        places = [place for place, size in enumerate(sizes.values()) if size and size[1] > 0]
        means, largest = (
            [size[part] for size in sizes.values() if size and size[1] > 0] for part in (0, 1)
        )
        axes.barh(places, means, color=BLUE, label="mean")
        axes.plot(largest, places, "D", color=ORANGE, markersize=4, label="largest")
        axes.set_xscale("log")
        axes.set_xlim(left=floor)
        axes.set_yticks(range(len(sizes)), [*sizes])
        axes.set_ylim(len(sizes) - 0.5, -0.5)  # the input on top
        axes.set(title=plain(title), xlabel="size of the entries of the gradient")
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
        return figure


def _kind_of(text: str) -> str:
    if text.isalpha():
        return "capital letter" if text[0].isupper() else "small letter"
    return "digit" if text.isdigit() else "space" if text.isspace() else "sign"


def _curves(records: Iterable[Mapping[str, Any]]) -> dict[str, tuple[list[int], list[float]]]:
    """Steps and values by name; what is missing or not a finite number is left out."""
    names = ("loss", "val_loss", "learning_rate", "gradient_norm")
    curves: dict[str, tuple[list[int], list[float]]] = {name: ([], []) for name in names}
    for record in records:
        for name, (steps, values) in curves.items():
            value = record.get(name)
            if "step" in record and isinstance(value, int | float) and math.isfinite(value):
                steps.append(record["step"])
                values.append(value)
    return curves


def _smoothed(values: Sequence[float], smoothing: float) -> list[float]:
    """A mean that forgets, without the pull towards 0 at the start (Kingma & Ba, 2015, section 3)."""
    means, total, weight = [], 0.0, 0.0
    for value in values:
        total = smoothing * total + (1 - smoothing) * value
        weight = smoothing * weight + (1 - smoothing)
        means.append(total / weight)
    return means
