"""The layer with torch's own modules, each with a name."""

from torch import nn


class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.1, bias=True):
        super().__init__()
        if d_model <= 0:
            raise ValueError("d_model must be positive")
        if d_ff <= 0:
            raise ValueError("d_ff must be positive")
        if not 0 <= dropout <= 1:
            raise ValueError("dropout must be between 0 and 1")
        self.d_model = d_model
        self.fc1 = nn.Linear(d_model, d_ff, bias=bias)
        self.activation = nn.GELU()
        self.fc2 = nn.Linear(d_ff, d_model, bias=bias)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        if x.shape[-1] != self.d_model:
            raise ValueError(f"expected width {self.d_model}, got {x.shape[-1]}")
        x = self.fc1(x)
        x = self.activation(x)
        x = self.fc2(x)
        x = self.dropout(x)
        return x
