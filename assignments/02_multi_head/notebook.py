# %% [markdown]
# # 02 Multi-head attention: experiments
#
# These cells use **your** package. Where a part is not written yet, the cell stops and says which
# exercise is missing. Guess before you run a cell.

# %%
import matplotlib.pyplot as plt
import torch

from tiny_transformer.attention import create_causal_mask
from tiny_transformer.multi_head import MultiHeadAttention
from tiny_transformer.practice.multi_head import head_entropy, parameter_count, silence_heads

torch.manual_seed(0)
B, T, D, H = 1, 10, 32, 4
layer = MultiHeadAttention(D, H, dropout=0.0)
x = torch.randn(B, T, D)

# %% [markdown]
# ## Four heads, four maps
#
# The layer is untrained. Do its heads look at the same tokens all the same? Multiply `W_q.weight` by
# 10 and look again: what happens to the entropies?

# %%
with torch.inference_mode():
    output, weights = layer(x, x, x, create_causal_mask(T))
fig, axes = plt.subplots(1, H, figsize=(10, 2.8))
for head, ax in enumerate(axes):
    ax.imshow(weights[0, head].numpy(), vmin=0, vmax=1)
    ax.set_title(f"head {head}, entropy {head_entropy(weights)[0, head]:.2f}", fontsize=9)
plt.tight_layout()

# %% [markdown]
# ## What a wrong view does
#
# Change one number of the last token. In which (head, row) does something move, if the heads are made
# with your `split_heads`, and if memory is cut at once?

# %%
changed = x.clone()
changed[0, -1, 0] += 1
for name, cut in (
    ("your split_heads", layer.split_heads),
    ("cut at once     ", lambda y: y.view(B, H, T, D // H)),
):
    moved = (cut(x) != cut(changed)).any(-1)[0].nonzero().tolist()
    print(name, "moves (head, row):", moved)

# %% [markdown]
# ## Which token sits where?
#
# Fill each token with its own number. In a right split, row t of each head holds only t.

# %%
numbered = torch.arange(float(T))[None, :, None].expand(B, T, D).contiguous()
fig, axes = plt.subplots(1, 2, figsize=(8, 3))
for ax, heads, title in (
    (axes[0], layer.split_heads(numbered), "your split_heads"),
    (axes[1], numbered.view(B, H, T, D // H), "cut at once"),
):
    ax.imshow(heads[0].flatten(0, 1).numpy(), aspect="auto", cmap="viridis")
    ax.set(title=title, xlabel="column of the head", ylabel="head 0, then 1, 2, 3")
plt.tight_layout()

# %% [markdown]
# ## Whom would you miss?
#
# Silence one head after the other and measure how much the output moves. In trained models many
# heads can go without harm.

# %%
whole = layer.W_o.weight.detach().clone()
with torch.inference_mode():
    for head in range(H):
        layer.W_o.weight.copy_(silence_heads(whole, H, [head]))
        without, _ = layer(x, x, x, create_causal_mask(T))
        print(f"without head {head}: the output moves by {(without - output).norm():.3f}")
        layer.W_o.weight.copy_(whole)

# %% [markdown]
# ## Order does not matter, yet
#
# Without a mask, shuffled tokens give the same outputs, shuffled. Module 04 changes that.

# %%
order = torch.randperm(T)
with torch.inference_mode():
    straight, _ = layer(x, x, x)
    shuffled, _ = layer(x[:, order], x[:, order], x[:, order])
print("largest difference:", float((straight[:, order] - shuffled).abs().max()))

# %% [markdown]
# ## What sharing keys saves
#
# Parameters of one layer of width 4096 with 32 heads, and what it keeps for each token.

# %%
for key_heads in (32, 8, 1):
    millions = parameter_count(4096, 32, key_heads, bias=False) / 1e6
    print(
        f"{key_heads:2} key heads: {millions:5.1f} M parameters, {2 * key_heads * 128:5} numbers a token"
    )

# %% [markdown]
# ## Your turn
#
# * Give all heads the same weights in `W_q`, `W_k` and `W_v`. What do the four maps look like?
# * Build, by hand, a `W_q` and a `W_k` with which head 0 always attends to the first token.
# * Use cross-attention: queries from one sequence of 3 tokens, keys from another of 10. Which shapes
#   come out?
