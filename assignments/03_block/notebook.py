# %% [markdown]
# # 03 Feed-forward and block: experiments
#
# These cells use **your** package. Where a part is not written yet, the cell stops and says which
# exercise is missing. Guess before you run a cell.

# %%
import matplotlib.pyplot as plt
import torch

from tiny_transformer.attention import create_causal_mask
from tiny_transformer.feedforward import FeedForward
from tiny_transformer.practice.block import (
    count_block_parameters,
    gelu,
    gradient_norms,
    layer_norm,
)
from tiny_transformer.transformer_block import TransformerBlock

_ = torch.manual_seed(0)

# %% [markdown]
# ## What a bend buys
#
# A layer of width 1 is fitted to a sine. `F` is how many patterns it may look for. With how many does
# it get round all the corners?

# %%
x = torch.linspace(-3, 3, 100)[:, None]
target = torch.sin(2 * x)
fig, axes = plt.subplots(1, 3, figsize=(9, 2.8), sharey=True)
for ax, width in zip(axes, (2, 8, 32), strict=True):
    layer = FeedForward(1, width, dropout=0.0)
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.03)
    for _ in range(200):
        layer.zero_grad()
        loss = (layer(x) - target).square().mean()
        loss.backward()
        optimizer.step()
    ax.plot(x, target, color="0.7", lw=3)
    ax.plot(x, layer(x).detach())
    ax.set_title(f"F = {width}, loss {loss.item():.3f}")
plt.tight_layout()

# %% [markdown]
# ## Where GELU and ReLU differ
#
# And where the slope of each is zero, so that nothing can be learned any more.

# %%
z = torch.linspace(-4, 4, 200, requires_grad=True)
(slope,) = torch.autograd.grad(gelu(z).sum(), z)
plt.figure(figsize=(6, 2.8))
plt.plot(z.detach(), slope, label="slope of GELU")
plt.plot(z.detach(), (z > 0).float(), label="slope of ReLU", color="0.6")
plt.legend()
plt.tight_layout()

# %% [markdown]
# ## How far does a gradient get?
#
# Thirty random layers. Change `size`: from which size on does the stream explode? From which on does
# the stack without a stream survive?

# %%
size, width, depth = 0.5, 32, 30
weights = [torch.randn(width, width) * size / width**0.5 for _ in range(depth)]
sublayers = [lambda h, w=w: h @ w.T for w in weights]
start, cotangent = torch.randn(2, 4, width)
plt.figure(figsize=(6, 2.8))
for residual in (True, False):
    norms = gradient_norms(start, sublayers, cotangent, residual=residual)
    plt.semilogy(norms, label="with the stream" if residual else "without")
plt.xlabel("depth")
plt.ylabel("length of the gradient")
plt.legend()
plt.tight_layout()

# %% [markdown]
# ## The stream grows
#
# Twelve untrained blocks, one after the other. The tokens get louder; what the
# sublayers read does not.

# %%
width = 64
blocks = [TransformerBlock(width, n_heads=4, d_ff=256, dropout=0.0) for _ in range(12)]
stream, mask = torch.randn(1, 20, width), create_causal_mask(20)
one, zero = torch.ones(width), torch.zeros(width)
print("block  spread of the stream  spread of what a norm makes of it")
with torch.inference_mode():
    for number, block in enumerate(blocks):
        read = layer_norm(stream, one, zero)
        print(f"{number:5}  {stream.std():20.2f}  {read.std():33.2f}")
        stream, _ = block(stream, mask)

# %% [markdown]
# ## Where the numbers are
#
# The share of the feed-forward layer, for a block of width 512.

# %%
for times in (1, 2, 4, 8):
    total = count_block_parameters(512, 512 * times)
    print(
        f"F = {times} D: {total:10,} numbers, {2 * times * 512**2 / total:.0%} in the feed-forward"
    )

# %% [markdown]
# ## Your turn
#
# * Give a block a causal mask and change one token. Which outputs move, and by how much?
# * Scale the input of a block by 100. Why does what is added hardly change?
# * Set `gamma` of `norm1` to zero. What does the attention see then?
