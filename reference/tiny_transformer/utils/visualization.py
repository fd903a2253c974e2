"""Plots: attention, training curves, embeddings, temperature, gradients.

Each function draws into a figure of its own and returns it; with ``path`` it also saves it there, in
the format that the name ends in. No window is opened and no display is needed: in a notebook a
returned figure shows itself. Nothing here is an exercise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch import Tensor

DPI = 150


def _figure(width: float, height: float) -> Figure:
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _saved(figure: Figure, path: str | Path | None) -> Figure:
    if path is not None:
        figure.savefig(path, dpi=DPI)
    return figure


def _draw_weights(axes: Axes, weights: Tensor, tokens: Sequence[str] | None, title: str) -> None:
    image = axes.imshow(weights.detach().cpu().float().numpy(), vmin=0.0, cmap="viridis")
    axes.set(title=title, xlabel="key", ylabel="query")
    if tokens is not None:
        shown = [repr(token)[1:-1] for token in tokens]  # a newline as \n
        axes.set_xticks(range(weights.shape[1]), shown[: weights.shape[1]], rotation=90)
        axes.set_yticks(range(weights.shape[0]), shown[: weights.shape[0]])
    axes.figure.colorbar(image, ax=axes, label="weight", shrink=0.8)


def plot_attention_pattern(
    weights: Tensor,
    tokens: Sequence[str] | None = None,
    title: str = "Attention",
    path: str | Path | None = None,
) -> Figure:
    """Who looks at whom: a row for each query, a column for each key, bright where the weight is high.

    Args:
        weights: [T_q, T_k], each row adds up to 1
        tokens: a label for each position

    Raises:
        ValueError: ``weights`` has not two axes.
    """
    if weights.dim() != 2:
        raise ValueError(f"weights has shape {[*weights.shape]}, expected [T_q, T_k]")
    figure = _figure(5.5, 4.5)
    _draw_weights(figure.subplots(), weights, tokens, title)
    return _saved(figure, path)


def plot_multi_head_attention(
    weights: Tensor,
    tokens: Sequence[str] | None = None,
    title: str = "Attention by head",
    path: str | Path | None = None,
) -> Figure:
    """The pattern of each head, side by side, up to four in a row.

    Args:
        weights: [H, T_q, T_k]

    Raises:
        ValueError: ``weights`` has not three axes.
    """
    if weights.dim() != 3:
        raise ValueError(f"weights has shape {[*weights.shape]}, expected [H, T_q, T_k]")
    heads = weights.shape[0]
    columns = min(heads, 4)
    rows = -(-heads // columns)
    figure = _figure(4.0 * columns, 3.4 * rows)
    grid = figure.subplots(rows, columns, squeeze=False)
    for number, axes in enumerate(grid.flat):
        if number < heads:
            _draw_weights(axes, weights[number], tokens, f"head {number}")
        else:
            axes.set_axis_off()
    figure.suptitle(title)
    return _saved(figure, path)


def plot_training_curves(
    curves: Mapping[str, Sequence[tuple[float, float]]],
    title: str = "Training",
    ylabel: str = "loss",
    path: str | Path | None = None,
) -> Figure:
    """A line for each curve.

    Args:
        curves: by name, pairs of step and value
    """
    figure = _figure(6.5, 4.0)
    axes = figure.subplots()
    for name, pairs in curves.items():
        steps, values = [step for step, _ in pairs], [value for _, value in pairs]
        axes.plot(steps, values, label=name, marker="." if len(pairs) < 30 else "")
    axes.set(title=title, xlabel="step", ylabel=ylabel)
    axes.grid(alpha=0.3)
    if curves:
        axes.legend()
    return _saved(figure, path)


def plot_token_embeddings_2d(
    embeddings: Tensor,
    tokens: Sequence[str],
    title: str = "Embeddings, first two principal components",
    path: str | Path | None = None,
) -> Figure:
    """Where the rows of an embedding table lie, seen from where they spread most.

    Args:
        embeddings: [V, D], at least two rows
        tokens: a label for each row

    Raises:
        ValueError: there are fewer than two rows, or not one label for each.
    """
    if embeddings.dim() != 2 or embeddings.shape[0] < 2 or len(tokens) != embeddings.shape[0]:
        raise ValueError(
            f"embeddings has shape {[*embeddings.shape]}, tokens has {len(tokens)} labels: expected "
            "[V, D] and V labels, V at least 2"
        )
    table = embeddings.detach().cpu().double()
    centred = table - table.mean(0)  # (V, D)
    _, _, directions = torch.linalg.svd(centred, full_matrices=False)
    points = centred @ directions[:2].T  # (V, 2)
    if points.shape[1] == 1:  # D is 1: all on a line
        points = torch.cat((points, torch.zeros_like(points)), dim=1)
    figure = _figure(6.0, 5.5)
    axes = figure.subplots()
    axes.scatter(points[:, 0].numpy(), points[:, 1].numpy(), s=12, alpha=0.5)
    for token, (x, y) in zip(tokens, points.tolist(), strict=True):
        axes.annotate(repr(token)[1:-1], (x, y), xytext=(3, 3), textcoords="offset points")
    axes.set(title=title, xlabel="component 1", ylabel="component 2")
    return _saved(figure, path)


def plot_temperature_comparison(
    logits: Tensor,
    temperatures: Sequence[float],
    tokens: Sequence[str] | None = None,
    title: str = "Probabilities by temperature",
    path: str | Path | None = None,
) -> Figure:
    """How a temperature reshapes one distribution: a group of bars for each token.

    Args:
        logits: [V]; of more than 20 tokens the 20 likeliest are shown
        temperatures: each above 0

    Raises:
        ValueError: ``logits`` has not one axis, or a temperature is not above 0.
    """
    if logits.dim() != 1 or not all(temperature > 0 for temperature in temperatures):
        raise ValueError(
            f"logits has shape {[*logits.shape]} and temperatures are {[*temperatures]}: expected "
            "[V] and numbers above 0"
        )
    order = logits.detach().cpu().double().argsort(descending=True)[:20]
    width = 0.8 / max(1, len(temperatures))
    figure = _figure(8.0, 4.0)
    axes = figure.subplots()
    for number, temperature in enumerate(temperatures):
        shares = (logits.detach().cpu().double() / temperature).softmax(0)[order]
        places = [place + (number + 0.5) * width - 0.4 for place in range(len(order))]
        axes.bar(places, shares.tolist(), width, label=f"temperature {temperature:g}")
    names = [str(i) if tokens is None else repr(tokens[i])[1:-1] for i in order.tolist()]
    axes.set_xticks(range(len(order)), names, rotation=90 if tokens is None else 0)
    axes.set(title=title, xlabel="token", ylabel="probability")
    axes.legend()
    return _saved(figure, path)


def plot_gradient_flow(
    norms: Mapping[str, float | Tensor],
    title: str = "Gradient norms",
    path: str | Path | None = None,
) -> Figure:
    """The norm of each parameter's gradient, on a logarithmic scale, from the first layer down.

    Args:
        norms: by the name of the parameter, as ``gradient_norms`` gives them; one of 0 has no bar
    """
    values = [float(norm) for norm in norms.values()]
    figure = _figure(7.0, 1.2 + 0.22 * len(values))
    axes = figure.subplots()
    axes.barh(range(len(values)), values)
    if any(value > 0 for value in values):
        axes.set_xscale("log")
    axes.set_yticks(range(len(values)), [*norms], fontsize=7)
    axes.invert_yaxis()
    axes.set(title=title, xlabel="norm of the gradient")
    axes.grid(alpha=0.3, axis="x")
    return _saved(figure, path)
