"""Practice for module 06, the loop: learning rates, losses, one step of training, and when to stop.

Letters in the shape comments: B batch, T sequence, V = vocab_size. Inputs keep their values:
nothing is changed in place, except where that is the task.

Sources: cosine decay: Loshchilov & Hutter, 2016, https://arxiv.org/abs/1608.03983; clipping:
Pascanu et al., 2012, https://arxiv.org/abs/1211.5063; Adam: Kingma & Ba, 2014,
https://arxiv.org/abs/1412.6980; AdamW: Loshchilov & Hutter, 2017, https://arxiv.org/abs/1711.05101
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


def warmup_factor(step: int, warmup_steps: int) -> float:
    """The share of the full learning rate that a step gets while training warms up.

    It is 0 at step 0, grows by the same amount with each step, is 1 at step ``warmup_steps``, and
    stays 1 from there on. Without warm-up (``warmup_steps`` 0) it is always 1.

    Raises:
        ValueError: an argument is below 0.
    """
    ### BEGIN SOLUTION
    if step < 0 or warmup_steps < 0:
        raise ValueError(f"step is {step} and warmup_steps {warmup_steps}, expected at least 0")
    return min(1.0, step / warmup_steps) if warmup_steps else 1.0
    ### END SOLUTION


def cosine_decay(step: int, total_steps: int, peak_lr: float, min_lr: float = 0.0) -> float:
    """The learning rate of a step, on half a wave of a cosine from the top of it to the bottom.

    Step 0 has ``peak_lr``, step ``total_steps`` has ``min_lr``, the step half-way has their mean.
    After ``total_steps`` the rate stays at ``min_lr``.

    Raises:
        ValueError: ``step`` is below 0, ``total_steps`` below 1, or ``min_lr`` above ``peak_lr``.
    """
    ### BEGIN SOLUTION
    if step < 0 or total_steps < 1:
        raise ValueError(f"step is {step} of {total_steps}, expected at least 0 of at least 1")
    if min_lr > peak_lr:
        raise ValueError(f"min_lr is {min_lr}, expected at most {peak_lr}, the peak_lr")
    progress = min(1.0, step / total_steps)
    return min_lr + (peak_lr - min_lr) * 0.5 * (1.0 + math.cos(math.pi * progress))
    ### END SOLUTION


def loss_without_padding(logits: Tensor, targets: Tensor, pad_token_id: int) -> Tensor:
    """Mean of -ln softmax(logits) at the targets, over all positions whose target is no padding.

    Args:
        logits: [B, T, V], raw scores; scores of thousands must not overflow
        targets: int64[B, T]
        pad_token_id: marks padding; one of the V ids, or an id outside the vocabulary such as -100

    Returns:
        a tensor of shape [], in the dtype of ``logits``. What is scored where a target is padding
        has no influence on it.

    Raises:
        ValueError: every target is padding.
    """
    ### BEGIN SOLUTION
    if (targets == pad_token_id).all():
        raise ValueError(f"targets holds only padding ({pad_token_id}), expected other tokens too")
    flat = logits.flatten(0, 1)  # (B T, V)
    return functional.cross_entropy(flat, targets.flatten(), ignore_index=pad_token_id)  # ()
    ### END SOLUTION


def train_step(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    inputs: Tensor,
    targets: Tensor,
    max_norm: float,
) -> float:
    """One step of training on one batch.

    The gradient is that of the mean loss (cross-entropy) over all positions of this batch alone,
    whatever an earlier backward pass left behind. If the norm of all gradients together is above
    ``max_norm``, they are scaled down to it before the optimizer sees them.

    Args:
        model: gives logits [B, T, V] for inputs [B, T]
        optimizer: holds the parameters of the model
        inputs, targets: int64[B, T]
        max_norm: above 0

    Returns:
        the loss that the model had before the step; a number, which keeps no graph alive.
    """
    ### BEGIN SOLUTION
    optimizer.zero_grad()
    logits = model(inputs)  # (B, T, V)
    loss = functional.cross_entropy(logits.flatten(0, 1), targets.flatten())  # ()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    optimizer.step()
    return loss.item()
    ### END SOLUTION


def clip_by_global_norm(gradients: Sequence[Tensor], max_norm: float) -> list[Tensor]:
    """Shorten gradients that are too long, and keep their direction. Write it out.

    All gradients together are taken as one long vector. If its norm (the root of the sum of all
    squares) is above ``max_norm``, each gradient is multiplied by the one factor that brings the
    norm down to ``max_norm``; otherwise, also if all are 0, they stay as they are. (A tiny number
    such as 1e-6 may be added to the norm before dividing, as torch does.)

    Args:
        gradients: tensors of any shapes, at least one
        max_norm: above 0

    Returns:
        a new list: a tensor for each gradient, in its shape.

    Raises:
        ValueError: ``max_norm`` is not above 0.
    """
    ### BEGIN SOLUTION
    if max_norm <= 0:
        raise ValueError(f"max_norm is {max_norm}, expected more than 0")
    norm = torch.stack([gradient.norm() for gradient in gradients]).norm()  # ()
    factor = (max_norm / norm).clamp(max=1.0)  # ()
    return [gradient * factor for gradient in gradients]  # each as it was
    ### END SOLUTION


def accumulate_gradients(
    model: nn.Module, parts: Sequence[tuple[Tensor, Tensor]], pad_token_id: int
) -> float:
    """Give a batch that is too large for the memory to the model in parts, as if it were whole.

    Afterwards ``grad`` of each parameter is the gradient of the mean loss over all targets of all
    parts together that are no padding. Every such target weighs the same, whichever part it is in.
    What was in ``grad`` before does not take part.

    Args:
        model: gives logits [B, T, V] for inputs [B, T]
        parts: pairs of inputs and targets, both int64[B, T]; B, T and the number of padded targets
            differ from part to part. A part may hold nothing but padding, not all parts may.
        pad_token_id: as in ``loss_without_padding``

    Returns:
        that mean loss, a number.
    """
    ### BEGIN SOLUTION
    model.zero_grad()
    n_targets = sum(int((targets != pad_token_id).sum()) for _, targets in parts)
    mean = 0.0
    for inputs, targets in parts:
        logits = model(inputs).flatten(0, 1)  # (B T, V)
        loss = functional.cross_entropy(
            logits, targets.flatten(), ignore_index=pad_token_id, reduction="sum"
        )  # ()
        (loss / n_targets).backward()
        mean += loss.item() / n_targets
    return mean
    ### END SOLUTION


def adamw_step(
    parameter: Tensor,
    gradient: Tensor,
    mean: Tensor,
    square: Tensor,
    step: int,
    lr: float,
    betas: tuple[float, float],
    eps: float,
    weight_decay: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """One step of AdamW for one parameter, written out.

    - Both moments are moving averages, of the gradient and of its square: of the old moment a share
      beta is kept, the rest comes from the gradient. The first beta is for the mean.
    - They start at 0, which pulls early averages towards 0. So each is divided by one minus its
      beta to the power of ``step`` before it is used; what is returned is not divided.
    - The parameter goes down by ``lr`` times the mean over (the root of the square, plus ``eps``).
    - Decay has nothing to do with gradient and moments: the parameter loses the share
      ``lr * weight_decay`` of itself. Whether it does so before or after the update is up to you.

    Args:
        parameter, gradient, mean, square: of one shape; mean and square are the old moments
        step: the number of this step, from 1 on

    Returns:
        the new parameter, mean and square, as new tensors.
    """
    ### BEGIN SOLUTION
    beta1, beta2 = betas
    mean = beta1 * mean + (1 - beta1) * gradient  # as parameter
    square = beta2 * square + (1 - beta2) * gradient.square()  # as parameter
    denominator = (square / (1 - beta2**step)).sqrt() + eps  # as parameter
    update = mean / (1 - beta1**step) / denominator  # as parameter
    return parameter - lr * update - lr * weight_decay * parameter, mean, square  # all alike
    ### END SOLUTION


def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Sort the parameters of a model for an optimizer: which shrink towards 0, and which do not.

    Those with two axes or more (matrices, tables) get the ``weight_decay``; those with fewer
    (biases, norms, single numbers) get none: a norm's scale has no reason to go to 0. Each
    parameter is in one group, once, also where two layers share it.

    Returns:
        dicts with the keys "params" (a list) and "weight_decay", for ``torch.optim.AdamW(groups)``.
    """
    ### BEGIN SOLUTION
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    others = [p for p in model.parameters() if p.dim() < 2]
    return [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    ### END SOLUTION


def perplexity_of_batches(mean_losses: Sequence[float], n_tokens: Sequence[int]) -> float:
    """The perplexity of a whole data set, from the results of its batches.

    It is e to the power of the mean loss per token, where each token of the set weighs the same.

    Args:
        mean_losses: of each batch, the mean loss of its tokens in nats
        n_tokens: of each batch, the number of its tokens; possibly 0

    Returns:
        a number, ``math.inf`` where it is too large for a float.

    Raises:
        ValueError: there is not one loss for each number of tokens, or there are no tokens at all.
    """
    ### BEGIN SOLUTION
    if len(mean_losses) != len(n_tokens):
        raise ValueError(f"mean_losses has {len(mean_losses)} entries, expected {len(n_tokens)}")
    if not sum(n_tokens):
        raise ValueError(f"n_tokens is {[*n_tokens]}, expected at least one token")
    losses = torch.tensor(mean_losses, dtype=torch.float64)  # (number of batches,)
    weights = torch.tensor(n_tokens, dtype=torch.float64) / sum(n_tokens)  # (number of batches,)
    return (losses @ weights).exp().item()  # torch's exp ends in inf where that of math raises
    ### END SOLUTION


class EarlyStopping:
    """Says when validation has stopped getting better.

    A loss is an improvement if it is lower than that of the last improvement by more than
    ``min_delta``. The first loss is one, unless it is NaN: that never is.

    Args:
        patience: how many evaluations in a row may bring no improvement; at least 1. When as many
            have brought none, it is time to stop.
        min_delta: at least 0

    Raises:
        ValueError: an argument is out of range.
    """

    def __init__(self, patience: int, min_delta: float = 0.0) -> None:
        ### BEGIN SOLUTION
        if patience < 1 or min_delta < 0:
            given = f"patience is {patience} and min_delta {min_delta}"
            raise ValueError(f"{given}, expected at least 1 and at least 0")
        self.patience = patience
        self.min_delta = min_delta
        self.best = math.inf
        self.waited = 0
        ### END SOLUTION

    def update(self, val_loss: float) -> bool:
        """Take note of one evaluation. Whether training should stop now."""
        ### BEGIN SOLUTION
        if val_loss < self.best - self.min_delta:
            self.best = val_loss
            self.waited = 0
        else:
            self.waited += 1
        return self.waited >= self.patience
        ### END SOLUTION
