# %% [markdown]
# # 01 Attention: experiments
#
# These cells use **your** package. Where a part is not written yet, the cell stops and says which
# exercise is missing. Guess before you run a cell; then change a number and guess again.

# %%
import matplotlib.pyplot as plt
import torch

from tiny_transformer.attention import create_causal_mask, scaled_dot_product_attention

generator = torch.Generator().manual_seed(0)


def draw(*shape):
    """Random numbers with mean 0 and variance 1."""
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


# %% [markdown]
# ## Does the order of the keys matter?
#
# Shuffle keys and values in the same way. What do you expect of the output? And of the weights?

# %%
query, key, value = draw(1, 3, 8), draw(1, 6, 8), draw(1, 6, 2)
order = torch.randperm(6, generator=generator)
output, weights = scaled_dot_product_attention(query, key, value)
again, shuffled = scaled_dot_product_attention(query, key[:, order], value[:, order])
print("largest change of an output: ", float((again - output).abs().max()))
print("weights, put in that order:  ", float((shuffled - weights[..., order]).abs().max()))

# %% [markdown]
# ## From a mean of everything to a lookup
#
# Multiply the queries by a number that grows. Small: all keys weigh alike. Large: one key takes it
# all, and attention is the dictionary that it was compared with.

# %%
sharpness = torch.logspace(-2, 2, 40, dtype=torch.float64)
rows = [scaled_dot_product_attention(s * query, key, value)[1][0, 0] for s in sharpness]
plt.figure(figsize=(6, 3))
plt.semilogx(sharpness.numpy(), torch.stack(rows).numpy())
plt.xlabel("query multiplied by")
plt.ylabel("weights of its six keys")
plt.tight_layout()

# %% [markdown]
# ## What a softmax that is sure of itself does to learning
#
# The gradient that reaches the query, for the same range. At which end would you like to start
# training?

# %%
lengths = []
for s in sharpness:
    asked = (s * query).requires_grad_()
    scaled_dot_product_attention(asked, key, value)[0].square().sum().backward()
    lengths.append(float(asked.grad.norm()))
plt.figure(figsize=(6, 3))
plt.loglog(sharpness.tolist(), [max(length, 1e-12) for length in lengths])
plt.xlabel("query multiplied by")
plt.ylabel("length of its gradient")
plt.tight_layout()

# %% [markdown]
# ## Is the future really hidden?
#
# The test that counts: change one token and see which outputs move. Under a causal mask, a change at
# position 5 may only be seen from position 5 on. Try it without the mask, too.

# %%
x = draw(1, 8, 16)
changed = x.clone()
changed[0, 5] += 1
mask = create_causal_mask(8)
before, weights = scaled_dot_product_attention(x, x, x, mask)
after, _ = scaled_dot_product_attention(changed, changed, changed, mask)
print("positions whose output moved:", (before != after).any(-1)[0].nonzero().flatten().tolist())

fig, axes = plt.subplots(1, 2, figsize=(7, 3))
axes[0].imshow(weights[0].numpy())
axes[0].set_title("weights with the causal mask")
axes[1].imshow(scaled_dot_product_attention(x, x, x)[1][0].numpy())
axes[1].set_title("and without")
for ax in axes:
    ax.set(xlabel="key", ylabel="query")
plt.tight_layout()

# %% [markdown]
# ## What length costs
#
# Twice as many tokens make four times as many weights. At which length would the weights of one head,
# in float32, fill the memory of your machine?

# %%
for length in (512, 1024, 2048, 1_000_000):
    print(f"{length:9,} tokens: {length**2 * 4 / 2**20:14,.0f} MiB of weights")

# %% [markdown]
# ## Your turn
#
# * Find a query for which the output is exactly the mean of all values. Is there more than one?
# * Give all keys a constant vector more. Which weights change?
# * Build a value matrix from which you can read the weights off the output.
