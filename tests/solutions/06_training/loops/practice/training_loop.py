"""One position, one parameter, one evaluation at a time."""

from __future__ import annotations

import math

import torch
from torch.nn import functional as F


def warmup_factor(step, warmup_steps):
    if step < 0 or warmup_steps < 0:
        raise ValueError("negative")
    if warmup_steps == 0:
        return 1.0
    return min(step, warmup_steps) / warmup_steps


def cosine_decay(step, total_steps, peak_lr, min_lr=0.0):
    if step < 0 or total_steps < 1 or min_lr > peak_lr:
        raise ValueError("out of range")
    angle = min(step, total_steps) / total_steps * 180.0
    middle = (peak_lr + min_lr) / 2
    return middle + (peak_lr - min_lr) / 2 * math.cos(math.radians(angle))


def loss_without_padding(logits, targets, pad_token_id):
    losses = []
    for row, wanted in zip(logits, targets):
        for scores, target in zip(row, wanted):
            if target != pad_token_id:
                losses.append(torch.logsumexp(scores, 0) - scores[target])
    if not losses:
        raise ValueError("nothing to predict")
    return sum(losses) / len(losses)


def train_step(model, optimizer, inputs, targets, max_norm):
    model.train()
    optimizer.zero_grad(set_to_none=False)
    logits = model(inputs)
    losses = [F.cross_entropy(row, wanted, reduction="sum") for row, wanted in zip(logits, targets)]
    loss = sum(losses) / targets.numel()
    loss.backward()
    total = 0.0
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            total += parameter.grad.norm().item() ** 2
    factor = min(1.0, max_norm / (total**0.5 + 1e-6))
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.grad.mul_(factor)
    optimizer.step()
    return loss.detach().item()


def clip_by_global_norm(gradients, max_norm):
    if max_norm <= 0:
        raise ValueError("max_norm")
    total = 0.0
    for gradient in gradients:
        for number in gradient.flatten().tolist():
            total += number * number
    factor = 1.0
    if math.sqrt(total) > max_norm:
        factor = max_norm / (math.sqrt(total) + 1e-6)
    return [gradient * factor for gradient in gradients]


def accumulate_gradients(model, parts, pad_token_id):
    model.zero_grad(set_to_none=False)
    losses = 0.0
    count = 0
    for inputs, targets in parts:
        for row, wanted in zip(inputs, targets):
            for n in range(len(wanted)):
                if wanted[n] == pad_token_id:
                    continue
                logits = model(row[None])[0, n]
                loss = F.cross_entropy(logits[None], wanted[n : n + 1])
                loss.backward()
                losses += loss.item()
                count += 1
    for parameter in model.parameters():
        parameter.grad /= count
    return losses / count


def adamw_step(parameter, gradient, mean, square, step, lr, betas, eps, weight_decay):
    shape = parameter.shape
    flat = [t.flatten().tolist() for t in (parameter, gradient, mean, square)]
    new = []
    for p, g, m, v in zip(*flat):
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g * g
        p -= lr * (m / (1 - betas[0] ** step)) / (math.sqrt(v / (1 - betas[1] ** step)) + eps)
        p -= lr * weight_decay * p
        new.append((p, m, v))
    return tuple(torch.tensor(column, dtype=parameter.dtype).view(shape) for column in zip(*new))


def parameter_groups(model, weight_decay):
    groups = []
    for parameter in model.parameters():
        decay = weight_decay if parameter.ndim >= 2 else 0.0
        groups.append({"params": [parameter], "weight_decay": decay})
    return groups


def perplexity_of_batches(mean_losses, n_tokens):
    if len(mean_losses) != len(n_tokens):
        raise ValueError("lengths differ")
    mean, seen = 0.0, 0
    for loss, n in zip(mean_losses, n_tokens):
        seen += n
        if n:
            mean += (loss - mean) * n / seen
    if seen == 0:
        raise ValueError("no tokens")
    if mean > 709.78:
        return float("inf")
    return math.e**mean


class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        if patience <= 0 or min_delta < 0.0:
            raise ValueError("out of range")
        self.patience = patience
        self.min_delta = min_delta
        self.losses = []

    def update(self, val_loss):
        self.losses.append(val_loss)
        best = float("inf")
        last_improvement = -1
        for n, loss in enumerate(self.losses):
            if loss < best - self.min_delta:
                best = loss
                last_improvement = n
        return len(self.losses) - 1 - last_improvement >= self.patience
