"""A loop over the tokens, and a convolution of width 1 to go back."""

import torch
from torch import nn
from torch.nn import functional as F


class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1, bias=True):
        super().__init__()
        for name, size in {"d_model": d_model, "d_ff": d_ff}.items():
            if size < 1:
                raise ValueError(f"{name} = {size}")
        self.d_model = d_model
        self.fc1 = nn.Linear(d_model, d_ff, bias)
        self.fc2 = nn.Linear(d_ff, d_model, bias)
        self.drop = nn.AlphaDropout(0.0)
        self.real_drop = nn.Dropout(dropout)

    def forward(self, x):
        if x.shape[-1] != self.d_model:
            raise ValueError("wrong width")
        rows = [F.gelu(self.fc1(token)) for token in x.reshape(-1, self.d_model).unbind()]
        wide = torch.stack(rows)[:, :, None]
        out = F.conv1d(wide, self.fc2.weight[:, :, None], self.fc2.bias)
        return self.real_drop(out[:, :, 0]).reshape(x.shape)
