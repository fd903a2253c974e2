"""Torch's own functions, wherever there is one."""

from __future__ import annotations

import math
from itertools import groupby

import numpy as np
import torch
import torch.nn.functional as F
from torch.nn.utils import clip_grad_norm_


def warmup_factor(step, warmup_steps):
    if min(step, warmup_steps) < 0:
        raise ValueError("must be at least 0")
    return float(np.clip(step / warmup_steps, 0, 1)) if warmup_steps > 0 else 1.0


def cosine_decay(step, total_steps, peak_lr, min_lr=0.0):
    if step < 0 or total_steps < 1 or min_lr > peak_lr:
        raise ValueError("step, total_steps or min_lr is out of range")
    wave = np.cos(np.pi * np.clip(step / total_steps, 0.0, 1.0))
    return float(np.interp(wave, [-1.0, 1.0], [min_lr, peak_lr]))


def loss_without_padding(logits, targets, pad_token_id):
    kept = targets.ne(pad_token_id)
    if not kept.any():
        raise ValueError("only padding")
    return F.nll_loss(F.log_softmax(logits[kept], dim=-1), targets[kept])


def train_step(model, optimizer, inputs, targets, max_norm):
    def closure():
        optimizer.zero_grad()
        loss = F.cross_entropy(model(inputs).transpose(1, 2), targets)
        loss.backward()
        clip_grad_norm_(model.parameters(), max_norm)
        return loss

    return optimizer.step(closure).item()


def clip_by_global_norm(gradients, max_norm):
    if max_norm <= 0:
        raise ValueError("max_norm must be above 0")
    shadows = [torch.zeros_like(gradient, requires_grad=True) for gradient in gradients]
    for shadow, gradient in zip(shadows, gradients):
        shadow.grad = gradient.clone()
    clip_grad_norm_(shadows, max_norm)
    return [shadow.grad for shadow in shadows]


def accumulate_gradients(model, parts, pad_token_id):
    logits = torch.cat([model(inputs).flatten(0, 1) for inputs, _ in parts])
    targets = torch.cat([targets.flatten() for _, targets in parts])
    loss = F.cross_entropy(logits, targets, ignore_index=pad_token_id)
    parameters = list(model.parameters())
    for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters)):
        parameter.grad = gradient
    return loss.item()


def adamw_step(parameter, gradient, mean, square, step, lr, betas, eps, weight_decay):
    own = parameter.clone().requires_grad_()
    own.grad = gradient.clone()
    adamw = torch.optim.AdamW([own], lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)
    adamw.state[own] = {
        "step": torch.tensor(float(step - 1)),
        "exp_avg": mean.clone(),
        "exp_avg_sq": square.clone(),
    }
    adamw.step()
    state = adamw.state[own]
    return own.detach(), state["exp_avg"], state["exp_avg_sq"]


def parameter_groups(model, weight_decay):
    def decays(parameter):
        return parameter.dim() > 1

    ordered = sorted(model.parameters(), key=decays)
    return [
        {"params": list(group), "weight_decay": weight_decay * float(decayed)}
        for decayed, group in groupby(ordered, key=decays)
    ]


def perplexity_of_batches(mean_losses, n_tokens):
    if len(mean_losses) != len(n_tokens) or not any(n_tokens):
        raise ValueError("one loss for each batch, and at least one token")
    with np.errstate(over="ignore"):
        return float(np.exp(np.average(mean_losses, weights=n_tokens)))


class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        if patience < 1 or min_delta < 0:
            raise ValueError(f"patience {patience}, min_delta {min_delta}")
        self.watch = self._watch(patience, min_delta)
        next(self.watch)

    @staticmethod
    def _watch(patience, min_delta):
        best, bad = math.inf, 0
        while True:
            loss = yield bad >= patience
            best, bad = (loss, 0) if loss < best - min_delta else (best, bad + 1)

    def update(self, val_loss):
        return self.watch.send(val_loss)
