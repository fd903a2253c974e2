"""Without torch's own losses and helpers, as far as that goes."""

from __future__ import annotations

import math

import torch


def warmup_factor(step, warmup_steps):
    if step < 0:
        raise ValueError("step must not be negative")
    if warmup_steps < 0:
        raise ValueError("warmup_steps must not be negative")
    if step >= warmup_steps:
        return 1
    return step / warmup_steps


def cosine_decay(step, total_steps, peak_lr, min_lr=0.0):
    if step < 0:
        raise ValueError("step must not be negative")
    if total_steps <= 0:
        raise ValueError("total_steps must be positive")
    if peak_lr < min_lr:
        raise ValueError("min_lr must not be above peak_lr")
    if step >= total_steps:
        return min_lr
    share = math.cos(math.pi / 2 * step / total_steps) ** 2
    return share * peak_lr + (1 - share) * min_lr


def nats(logits, targets):
    highest = logits.max(dim=-1, keepdim=True).values.detach()
    shifted = logits - highest
    chosen = shifted.gather(-1, targets.unsqueeze(-1)).squeeze(-1)
    return shifted.exp().sum(dim=-1).log() - chosen


def loss_without_padding(logits, targets, pad_token_id):
    kept = targets != pad_token_id
    if kept.sum() == 0:
        raise ValueError("nothing but padding")
    losses = nats(logits, targets.where(kept, torch.zeros_like(targets)))
    return (losses * kept).sum() / kept.sum()


def train_step(model, optimizer, inputs, targets, max_norm):
    for parameter in model.parameters():
        parameter.grad = None
    loss = nats(model(inputs), targets).mean()
    loss.backward()
    parameters = [p for p in model.parameters() if p.grad is not None]
    length = math.sqrt(sum(float((p.grad**2).sum()) for p in parameters))
    if length > max_norm:
        for parameter in parameters:
            parameter.grad *= max_norm / length
    optimizer.step()
    optimizer.zero_grad()
    return float(loss)


def clip_by_global_norm(gradients, max_norm):
    if not max_norm > 0:
        raise ValueError("max_norm must be positive")
    squares = sum((gradient * gradient).sum() for gradient in gradients)
    length = squares**0.5
    if length <= max_norm:
        return [gradient.clone() for gradient in gradients]
    return [gradient / length * max_norm for gradient in gradients]


def accumulate_gradients(model, parts, pad_token_id):
    for parameter in model.parameters():
        parameter.grad = None
    counts = [(targets != pad_token_id).sum().item() for _, targets in parts]
    total = 0.0
    for (inputs, targets), count in zip(parts, counts):
        if count == 0:
            continue
        weight = count / sum(counts)
        loss = loss_without_padding(model(inputs), targets, pad_token_id) * weight
        loss.backward()
        total += float(loss)
    return total


def adamw_step(parameter, gradient, mean, square, step, lr, betas, eps, weight_decay):
    parameter = parameter * (1 - lr * weight_decay)
    mean = mean + (gradient - mean) * (1 - betas[0])
    square = square + (gradient**2 - square) * (1 - betas[1])
    mean_hat = mean / (1 - betas[0] ** step)
    square_hat = square / (1 - betas[1] ** step)
    return parameter - lr * mean_hat / (square_hat**0.5 + eps), mean, square


def parameter_groups(model, weight_decay):
    groups = {True: [], False: []}
    for _, parameter in model.named_parameters():
        groups[len(parameter.shape) > 1].append(parameter)
    return [
        {"params": groups[True], "weight_decay": weight_decay},
        {"params": groups[False], "weight_decay": 0},
    ]


def perplexity_of_batches(mean_losses, n_tokens):
    if len(mean_losses) != len(n_tokens):
        raise ValueError("one loss for each batch")
    tokens = sum(n_tokens)
    if tokens == 0:
        raise ValueError("no tokens")
    nats_in_all = 0.0
    for loss, n in zip(mean_losses, n_tokens):
        nats_in_all += loss * n
    try:
        return math.exp(nats_in_all / tokens)
    except OverflowError:
        return math.inf


class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        if patience < 1:
            raise ValueError("patience must be at least 1")
        if min_delta < 0:
            raise ValueError("min_delta must not be negative")
        self.patience, self.min_delta = patience, min_delta
        self.best = None
        self.left = patience

    def update(self, val_loss):
        if math.isnan(val_loss):
            improved = False
        else:
            improved = self.best is None or self.best - val_loss > self.min_delta
        if improved:
            self.best = val_loss
            self.left = self.patience
            return False
        self.left -= 1
        return self.left == 0
