# %% [markdown]
# # 00 Warming up
#
# Run a cell with Shift+Enter. Guess what it says before you run it. A cell with a riddle ends in an
# `assert`: it is silent when your answer is right.

# %%
import sys

import matplotlib.pyplot as plt
import torch

print("Python", sys.version.split()[0], "· torch", torch.__version__)
print("device:", "cuda" if torch.cuda.is_available() else "cpu (all that this course needs)")

# %% [markdown]
# ## Broadcasting, seen
#
# A column and a row make a plane. Which axis does the pattern of each run along?

# %%
t = torch.linspace(0, 6.28, 60)
column, row = torch.sin(t)[:, None], torch.cos(3 * t)
fig, axes = plt.subplots(1, 3, figsize=(9, 3))
pictures = {"[60, 1]": column, "[60] as [1, 60]": row[None], "their sum": column + row}
for ax, (title, picture) in zip(axes, pictures.items(), strict=True):
    ax.imshow(picture.expand(60, 60).numpy(), cmap="coolwarm")
    ax.set_title(title)
    ax.axis("off")
plt.tight_layout()

# %% [markdown]
# ## View or transpose?
#
# Each number below says where it comes from: 123 is batch 1, token 2, feature 3. Which of the two
# results has torn the tokens apart?

# %%
batch, token, feature = torch.meshgrid(*map(torch.arange, (2, 3, 4)), indexing="ij")
x = 100 * batch + 10 * token + feature  # (B, T, D) = (2, 3, 4)
print(x[1])
print(x.transpose(1, 2)[1])
print(x.view(2, 4, 3)[1])

# %% [markdown]
# ## Riddle 1
#
# Make of `x` a tensor `[2, 4]` that holds, for each sequence, the largest number of each feature.
# Change the axis until the `assert` is silent. (It is right already. Break it, and see what it says.)

# %%
axis = 1
largest = x.amax(dim=axis)
assert largest.tolist() == [[20, 21, 22, 23], [120, 121, 122, 123]], largest

# %% [markdown]
# ## A slope that you can check yourself
#
# Autograd against a difference quotient. In float32 the quotient is poor: try `dtype=torch.float32`.

# %%
dtype = torch.float64


def wave(z):
    """Some function."""
    return (z.sin() * z).sum()


z = torch.linspace(-2, 2, 5, dtype=dtype, requires_grad=True)
wave(z).backward()
step = 1e-6
for place in range(5):
    moved = z.detach().clone()
    moved[place] += step
    quotient = (wave(moved) - wave(z.detach())) / step
    print(f"{z[place].item():5.1f}  autograd {z.grad[place].item():9.6f}  quotient {quotient:9.6f}")

# %% [markdown]
# ## Descending a slope
#
# The whole of training in six lines. What happens with a rate of 0.9? Of 1.1?

# %%
rate = 0.1
w = torch.tensor(4.0, requires_grad=True)
path = []
for _ in range(20):
    loss = (w - 1) ** 2
    path.append(loss.item())
    (slope,) = torch.autograd.grad(loss, w)
    w = (w - rate * slope).detach().requires_grad_()
plt.figure(figsize=(5, 3))
plt.semilogy(path, "o-")
plt.xlabel("step")
plt.ylabel("loss")
plt.tight_layout()
