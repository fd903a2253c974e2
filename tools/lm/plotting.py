"""What ``course plot`` does: pictures of a trained model, drawn by ``utils/visualization.py``.

In a notebook: ``writer = Writer.open(Path("runs/tiny"))``, then ``attention(writer, "ROMEO:")``
as the last line of a cell.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graders.errors import CourseError
from graders.files import write_whole

from .package import Own
from .runs import LOG, read_log
from .writing import Writer

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from torch import Tensor

FORMATS = (".png", ".svg", ".pdf")


def attention(writer: Writer, prompt: str, layer: int = -1, head: int | None = None) -> Figure:
    """The attention weights of a block on a prompt: of all heads, or of one.

    Args:
        layer: number of the block from 0; negative ones count from the last.

    Raises:
        CourseError: there is no such layer or head, the prompt is refused, or the learner's code
            does not give weights [1, H, T, T].
    """
    tokens = _tokens(writer, prompt)
    layers = _weights(writer, tokens)
    weights = _pick(layers, layer, "layer")  # (H, T, T)
    names = [*writer.trained.tokenizer.decode(tokens)]
    number = layer % len(layers)
    if head is None:
        return _drawn(
            writer.own, "plot_multi_head_attention", weights, names, f"Attention of layer {number}"
        )
    title = f"Attention of layer {number}, head {head}"
    return _drawn(
        writer.own, "plot_attention_pattern", _pick(weights, head, "head"), names, title=title
    )


def curves(own: Own, path: Path, smoothing: float = 0.9) -> Figure:
    """The training curves of a run.

    Args:
        path: the folder of the run, or its log.

    Raises:
        CourseError: there is no log, or no loss in it.
    """
    file = path / LOG if path.is_dir() else path
    records = read_log(file)
    if not any("loss" in record or "val_loss" in record for record in records):
        raise CourseError(
            f"{file} holds no loss yet. Train on: course train --resume {file.parent}"
        )
    name = file.resolve().parent.name
    return _drawn(own, "plot_training_curves", records, f"Training of {name}", smoothing)


def embeddings(writer: Writer) -> Figure:
    """The token embeddings in two dimensions."""
    with writer.own.code():
        model: Any = writer.trained.model
        table = model.embedding.token_embedding.embedding.weight  # (V, D)
    characters = writer.trained.tokenizer.characters
    if len(characters) < 2:
        raise CourseError("The model knows one character: there is nothing to compare.")
    return _drawn(writer.own, "plot_token_embeddings_2d", table, characters)


def temperature(writer: Writer, prompt: str, temperatures: Sequence[float]) -> Figure:
    """The likeliest next tokens after a prompt, at some temperatures."""
    import torch

    with torch.inference_mode():
        logits = _logits(writer, _tokens(writer, prompt))[-1]  # (V,)
    title = f"What the temperature does after {prompt[-20:]!r}"
    return _drawn(
        writer.own,
        "plot_temperature_comparison",
        logits,
        temperatures,
        writer.trained.tokenizer.characters,
        title=title,
    )


def gradients(writer: Writer, prompt: str) -> Figure:
    """The gradients of the loss on a text, parameter by parameter.

    Raises:
        CourseError: the text has fewer than two tokens, so that nothing is predicted.
    """
    import torch
    from torch.nn import functional

    tokens = _tokens(writer, prompt)
    if len(tokens) < 2:
        raise CourseError("The prompt has one token, and a loss needs two or more: give more text.")
    model = writer.trained.model
    model.zero_grad()
    logits = _logits(writer, tokens)  # (T, V)
    with writer.own.code():
        targets = _batch(writer, tokens)[0, 1:]  # (T - 1,)
        torch.autograd.backward(functional.cross_entropy(logits[:-1], targets))
    return _drawn(writer.own, "plot_gradient_flow", model)


def save(figure: Figure, path: Path) -> None:
    """Write a picture, all of it or nothing. CourseError: of a kind that is none of ``FORMATS``."""
    if path.suffix.lower() not in FORMATS:
        raise CourseError(f"--out {path}: a picture ends in one of {', '.join(FORMATS)}.")
    content = io.BytesIO()
    figure.savefig(content, format=path.suffix[1:].lower())
    write_whole(path, content.getvalue())


def _drawn(own: Own, name: str, *arguments: Any, **named: Any) -> Figure:
    """What a function of ``utils/visualization.py`` draws."""
    with own.code():
        figure: Figure = getattr(own.tt.utils.visualization, name)(*arguments, **named)
    return figure


def _tokens(writer: Writer, prompt: str) -> list[int]:
    """The last tokens of a prompt, as many as the model sees."""
    return writer.encode(prompt)[-writer.trained.config.model.max_len :]


def _batch(writer: Writer, tokens: Sequence[int]) -> Tensor:
    import torch

    return torch.tensor([tokens], device=writer.device)  # (1, T)


def _logits(writer: Writer, tokens: Sequence[int]) -> Tensor:
    with writer.own.code():
        logits: Tensor = writer.trained.model(_batch(writer, tokens))[0][0]  # (T, V)
    wanted = [len(tokens), writer.trained.tokenizer.vocab_size]
    if [*logits.shape] != wanted:
        raise CourseError(
            f"The model gave logits {[*logits.shape]}, expected {wanted}: `course grade 05` shows more."
        )
    return logits


def _weights(writer: Writer, tokens: Sequence[int]) -> list[Tensor]:
    """The attention weights of each block, (H, T, T)."""
    import torch

    found = []
    with torch.no_grad(), writer.own.code():
        mask = writer.own.tt.attention.create_causal_mask(len(tokens), writer.device)  # (T, T)
        model: Any = writer.trained.model
        x = model.embedding(_batch(writer, tokens))  # (1, T, D)
        for block in model.blocks:
            x, weights = block(x, mask, return_attention=True)  # (1, T, D), (1, H, T, T)
            found.append(weights[0])
    heads = writer.trained.config.model.n_heads
    for weights in found:
        if [*weights.shape] != [heads, len(tokens), len(tokens)]:
            raise CourseError(
                f"A block gave weights {[*weights.shape]} for one sequence, expected "
                f"{[heads, len(tokens), len(tokens)]}: `course grade 03` shows more."
            )
    return found


def _pick(items: Any, number: int, kind: str) -> Any:
    if not -len(items) <= number < len(items):
        raise CourseError(f"There is no {kind} {number}: the model has {len(items)}, from 0.")
    return items[number]
