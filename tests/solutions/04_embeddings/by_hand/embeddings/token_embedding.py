"""One-hot vectors times the table; padding masked in the gradient by a product with zero."""

import torch
import torch.nn as nn


class TokenEmbedding(nn.Module):
    def __init__(self, vocab_size, d_model, padding_idx=None):
        super().__init__()
        if vocab_size < 1:
            raise ValueError("vocab_size: " + str(vocab_size))
        if d_model < 1:
            raise ValueError("d_model: " + str(d_model))
        if padding_idx is not None and (padding_idx < 0 or padding_idx >= vocab_size):
            raise ValueError("padding_idx: " + str(padding_idx))
        self.padding_idx = padding_idx
        self.embedding = nn.Embedding(vocab_size, d_model)
        nn.init.normal_(self.embedding.weight, 0, d_model**-0.5)
        if padding_idx is not None:
            with torch.no_grad():
                self.embedding.weight[padding_idx].zero_()

    def forward(self, tokens):
        weight = self.embedding.weight
        if tokens.dtype.is_floating_point:
            raise TypeError("ids are integers")
        if len(tokens) and not (0 <= tokens.min() and tokens.max() < weight.shape[0]):
            raise IndexError("an id is no row of the table")
        one_hot = (tokens[..., None] == torch.arange(weight.shape[0])).to(weight.dtype)
        if self.padding_idx is not None:
            keep = torch.ones(weight.shape[0], dtype=weight.dtype)
            keep[self.padding_idx] = 0
            one_hot = one_hot * keep
        return torch.einsum("btv,vd->btd", one_hot, weight) * weight.shape[1] ** 0.5
