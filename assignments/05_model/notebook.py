# %% [markdown]
# # 05 The language model, before its first step
#
# An untrained model is the best one to look at: everything that it shows comes from how it is
# built. This notebook runs on *your* package; it needs 05.1 to 05.9, 05.12 and 05.18. Change the
# numbers and run the cells again.

# %%
import math

import matplotlib.pyplot as plt
import torch

from tiny_transformer.model import TinyTransformerLM, get_model_config
from tiny_transformer.practice.model import (
    initial_loss,
    logit_lens,
    model_parameters,
    next_token_loss,
    next_token_pairs,
)

torch.set_num_threads(1)  # for a model this small, one is faster than many
torch.manual_seed(0)


def small(vocab_size=65, **changes):
    sizes = {"d_model": 64, "n_heads": 2, "n_layers": 4, "d_ff": 256, "max_len": 32}
    return TinyTransformerLM(vocab_size, **{**sizes, "dropout": 0.0, **changes})


# %% [markdown]
# ## 1. Is it as unsure as a fair die?
#
# The loss of a model that knows nothing depends on one number only. Before you run the cell:
# what is the last row?

# %%
for vocab_size in (2, 65, 1000, 5000):
    tokens = torch.randint(vocab_size, (4, 33))
    inputs, targets = next_token_pairs(tokens)
    with torch.inference_mode():
        scores, _ = small(vocab_size)(inputs)
    loss = next_token_loss(scores, targets).item()
    print(f"V {vocab_size:5}: loss {loss:.3f}, a fair die has {initial_loss(vocab_size):.3f}")

# %% [markdown]
# Now make the model louder: multiply all its weights by a factor. Where does the first loss
# leave the line of the die, and why does it then grow so fast?

# %%
factors, losses = [0.5, 1, 2, 4, 8, 16], []
inputs, targets = next_token_pairs(torch.randint(65, (4, 33)))
for factor in factors:
    torch.manual_seed(1)
    model = small()
    with torch.inference_mode():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter *= factor
        losses.append(next_token_loss(model(inputs)[0], targets).item())

plt.figure()
plt.semilogx(factors, losses, "o-")
plt.axhline(math.log(65), color="grey", linestyle=":")
plt.xlabel("all matrices times")
plt.ylabel("loss before training")
plt.show()

# %% [markdown]
# ## 2. Who sees whom?
#
# Change one token and look which scores move: row by row a picture of the causal mask, through
# the whole model. A light square above the diagonal would be a leak.

# %%
model = small()
tokens = torch.randint(65, (1, 16))
with torch.inference_mode():
    before, _ = model(tokens)
    moved = torch.zeros(16, 16)
    for place in range(16):
        other = tokens.clone()
        other[0, place] = (other[0, place] + 1) % 65
        moved[:, place] = (model(other)[0] - before)[0].abs().amax(dim=-1)

plt.figure()
plt.imshow(moved.log10().clamp(min=-8).numpy())
plt.xlabel("token that was changed")
plt.ylabel("position whose scores moved")
plt.colorbar(label="log10 of the change")
plt.show()
assert moved.triu(1).max() < 1e-5, "your model looks ahead"

# %% [markdown]
# ## 3. How large is the stream?
#
# The root mean square of each hidden state. At the start the blocks whisper; multiply the
# weights of their last layers (`W_o`, `fc2`) and watch the stream grow. The scores do not
# follow: who holds them back?

# %%
for factor in (1, 10, 50):
    torch.manual_seed(2)
    model = small()
    with torch.inference_mode():
        for name, part in model.named_parameters():
            if name.startswith("blocks") and name.endswith(("W_o.weight", "fc2.weight")):
                part *= factor
        scores, states = model(inputs, return_hidden_states=True)
    sizes = [state.square().mean().sqrt().item() for state in states]
    print(
        f"x{factor:2}  stream", *(f"{size:6.2f}" for size in sizes), f"  scores {scores.std():.3f}"
    )

# %% [markdown]
# ## 4. Where are the numbers?
#
# Your four sizes, with characters and with a vocabulary like that of GPT-2. For which of them
# would you think twice about the vocabulary?

# %%
for size in ("tiny", "small", "medium", "large"):
    sizes = {key: get_model_config(size)[key] for key in ("d_model", "n_layers", "d_ff")}
    row = [model_parameters(vocab_size, **sizes) for vocab_size in (65, 50257)]
    table = [
        100 * vocab_size * sizes["d_model"] / n
        for vocab_size, n in zip((65, 50257), row, strict=True)
    ]
    print(
        f"{size:7} {row[0]:>12,} ({table[0]:4.1f} % table) {row[1]:>12,} ({table[1]:4.1f} % table)"
    )

# %% [markdown]
# ## 5. A model that knows one thing
#
# Teach a model a single line of ten tokens, by hand: forty steps, no Trainer yet. Then ask every
# layer what it would say (the logit lens). At which depth does the right answer appear?

# %%
torch.manual_seed(3)
model = small(vocab_size=12)
line = torch.tensor([[3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5]])
inputs, targets = next_token_pairs(line)
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
history = []
for _ in range(40):
    loss = next_token_loss(model(inputs)[0], targets)
    model.zero_grad()
    loss.backward()
    optimizer.step()
    history.append(loss.item())
print(f"loss {history[0]:.3f}, which is near {math.log(12):.3f}; after 40 steps {history[-1]:.3f}")

# %%
model.eval()
with torch.inference_mode():
    _, states = model(inputs, return_hidden_states=True)
    lens = logit_lens(states, model.ln_f, model.lm_head.weight)  # (states, 1, T, V)
of_target = lens.exp()[:, 0].gather(2, targets[0][None, :, None].expand(len(states), -1, 1))[..., 0]

plt.figure()
plt.imshow(of_target.numpy(), vmin=0, vmax=1, origin="lower")
plt.xticks(
    range(10),
    [f"{a}→{b}" for a, b in zip(inputs[0].tolist(), targets[0].tolist(), strict=True)],
    fontsize=7,
)
plt.yticks(range(len(states)), ["embedding", *(f"block {n + 1}" for n in range(len(states) - 1))])
plt.colorbar(label="probability of the right token")
plt.show()

# %% [markdown]
# The line has a 1 twice and a 5 twice, each followed by something else: no table of pairs could
# learn it. Which hidden state is the first to tell them apart, and why can the one from the
# embedding not?

# %%
print("the model writes", model.generate(line[:, :3], 8, temperature=0.1)[0].tolist())
print("the line was    ", line[0].tolist())
