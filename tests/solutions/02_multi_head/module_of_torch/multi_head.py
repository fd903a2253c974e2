"""Multi-head attention by torch's own multi_head_attention_forward, with four weights handed in."""

import torch
from torch import nn
from torch.nn import functional as F


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads, dropout=0.1, bias=True):
        super().__init__()
        if min(d_model, n_heads) < 1 or d_model % n_heads != 0:
            raise ValueError(f"cannot make {n_heads} heads of {d_model}")
        self.dropout = nn.Dropout(dropout)
        self.n_heads, self.d_model = n_heads, d_model
        self.W_q = nn.Linear(d_model, d_model, bias=bias)
        self.W_k = nn.Linear(d_model, d_model, bias=bias)
        self.W_v = nn.Linear(d_model, d_model, bias=bias)
        self.W_o = nn.Linear(d_model, d_model, bias=bias)

    def split_heads(self, x):
        return x.unflatten(2, (self.n_heads, self.d_model // self.n_heads)).movedim(2, 1)

    def combine_heads(self, x):
        return x.movedim(1, 2).flatten(2)

    def forward(self, query, key, value, mask=None):
        if {x.size(-1) for x in (query, key, value)} != {self.d_model}:
            raise ValueError(f"query, key and value must be {self.d_model} wide")
        if key.size(1) != value.size(1):
            raise ValueError("key and value must be of one length")
        batch, t_q, t_k = query.size(0), query.size(1), key.size(1)
        shape = (batch, self.n_heads, t_q, t_k)
        alive = torch.ones(shape, dtype=torch.bool).any(-1, keepdim=True)
        add = query.new_zeros(shape)
        if mask is not None:
            if mask.dtype not in (torch.bool, torch.float16, torch.float32, torch.float64):
                raise TypeError("the mask must be boolean or of a float type")
            if mask.dim() == 3:
                mask = mask[:, None]
            try:
                mask = torch.broadcast_to(mask, shape)
            except RuntimeError as error:
                raise ValueError(f"the mask does not fit {shape}") from error
            seen = mask if mask.dtype == torch.bool else mask != -torch.inf
            alive = seen.any(-1, keepdim=True)
            add = torch.where(seen, 0.0 if mask.dtype == torch.bool else mask, -torch.inf)
            add = torch.where(alive, add.to(query.dtype), query.new_zeros(()))
        biases = [layer.bias for layer in (self.W_q, self.W_k, self.W_v)]
        joint = None if biases[0] is None else torch.cat(biases)
        _, weights = F.multi_head_attention_forward(
            *(x.transpose(0, 1) for x in (query, key, value)),
            embed_dim_to_check=self.d_model,
            num_heads=self.n_heads,
            in_proj_weight=None,
            in_proj_bias=joint,
            bias_k=None,
            bias_v=None,
            add_zero_attn=False,
            dropout_p=0.0,
            out_proj_weight=self.W_o.weight,
            out_proj_bias=self.W_o.bias,
            training=False,
            attn_mask=add.flatten(0, 1),
            use_separate_proj_weight=True,
            q_proj_weight=self.W_q.weight,
            k_proj_weight=self.W_k.weight,
            v_proj_weight=self.W_v.weight,
            average_attn_weights=False,
        )
        weights = weights * alive
        mixed = self.dropout(weights) @ self.split_heads(self.W_v(value))
        return self.W_o(self.combine_heads(mixed)), weights
