# %% [markdown]
# # 04 Embeddings and positions: experiments
#
# These cells use **your** package. Where a part is not written yet, the cell stops and says which
# exercise is missing. Guess before you run a cell.

# %%
import matplotlib.pyplot as plt
import torch
from torch.nn.functional import scaled_dot_product_attention

from tiny_transformer.embeddings.combined_embedding import TransformerEmbedding
from tiny_transformer.embeddings.positional_encoding import SinusoidalPositionalEncoding
from tiny_transformer.embeddings.token_embedding import TokenEmbedding
from tiny_transformer.practice.embeddings import (
    frequencies,
    move_on,
    similarity_by_distance,
    sinusoid_table,
    stretch_table,
)

_ = torch.manual_seed(0)

# %% [markdown]
# ## The table
#
# How many positions does each wave need for one turn? From which column on does a text of 100 tokens
# see less than one?

# %%
table = sinusoid_table(100, 64)
turns = 2 * torch.pi / frequencies(64)
print("positions for one turn:", [round(t) for t in turns[::6].tolist()])
print("pairs that turn at least once in 100 positions:", int((turns <= 100).sum()), "of 32")
plt.figure(figsize=(6, 3))
plt.imshow(table.numpy(), aspect="auto", cmap="RdBu")
plt.xlabel("column")
plt.ylabel("position")
plt.tight_layout()

# %% [markdown]
# ## Order, at last
#
# Shuffle the tokens. Without positions, attention (torch's own, here) gives the same outputs,
# shuffled. With them it does not. Which shuffle would still go unseen?

# %%
tokens = torch.randint(1, 20, (1, 6))
order = torch.tensor([3, 1, 5, 0, 4, 2])
layers = {
    "tokens alone": TokenEmbedding(20, 32),
    "with positions": TransformerEmbedding(20, 32, dropout=0.0),
}
with torch.inference_mode():
    for name, layer in layers.items():
        x, y = layer(tokens), layer(tokens[:, order])
        straight = scaled_dot_product_attention(x, x, x)
        shuffled = scaled_dot_product_attention(y, y, y)
        print(f"{name:15} largest difference {(straight[:, order] - shuffled).abs().max():.4f}")

# %% [markdown]
# ## How alike are two positions?
#
# Waves, and a table of random numbers, as a learned one starts.

# %%
plt.figure(figsize=(6, 3))
plt.plot(similarity_by_distance(table), label="waves")
plt.plot(similarity_by_distance(torch.randn(100, 64)), label="random")
plt.xlabel("distance")
plt.ylabel("mean cosine similarity")
plt.legend()
plt.tight_layout()

# %% [markdown]
# ## Walking without looking
#
# Move every row seven on, without knowing which rows they are, and find out which row of the table
# is nearest.

# %%
moved = move_on(table[:60], 7)
nearest = torch.cdist(moved, table).argmin(dim=1)
print("rows 0 to 9 become rows", nearest[:10].tolist())
print("as far as the table goes:", torch.equal(nearest, torch.arange(7, 67)))

# %% [markdown]
# ## Loud and quiet
#
# The same tokens with and without the factor, beside the positions. What would be left of a token
# that is not scaled, if its table has small entries?

# %%
embed = TokenEmbedding(20, 256)
torch.nn.init.normal_(embed.embedding.weight, std=0.02)  # as the model of 05 will have it
with torch.inference_mode():
    bare, scaled = embed.embedding(tokens), embed(tokens)
    positions = SinusoidalPositionalEncoding(256)(torch.zeros(1, 6, 256))
for name, vectors in (("bare", bare), ("scaled", scaled), ("positions", positions)):
    print(f"{name:10} mean length {vectors.norm(dim=-1).mean():.2f}")

# %% [markdown]
# ## More positions than were learned
#
# A smooth table of 16 rows, stretched to 40. Then try a table of random rows: why does stretching
# make little sense there?

# %%
smooth = torch.randn(16, 3).cumsum(dim=0)
longer = stretch_table(smooth, 40)
plt.figure(figsize=(6, 3))
plt.plot(torch.linspace(0, 1, 16), smooth, "o")
plt.gca().set_prop_cycle(None)
plt.plot(torch.linspace(0, 1, 40), longer, ".-", lw=0.8)
plt.xlabel("place in the text")
plt.tight_layout()

# %% [markdown]
# ## Your turn
#
# * Make the base 100 in `frequencies`. From which distance on do positions look alike again?
# * Embed a sequence, and a longer one that begins with it. Are the first vectors equal?
# * Train a learned table so that each row predicts the next: does its curve of likeness change?
