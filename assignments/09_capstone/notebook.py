# %% [markdown]
# # 09 Capstone: watching a model learn
#
# A model so small that you can watch it: three dozen steps on a few thousand characters. It runs on
# *your* package and needs the model (05), the data (06) and the sampling (07).

# %%
import math
from collections import Counter

import matplotlib.pyplot as plt
import torch

from tiny_transformer.model import TinyTransformerLM
from tiny_transformer.sampling.generator import GeneratorConfig, TextGenerator
from tiny_transformer.training.dataset import CharTokenizer

torch.set_num_threads(1)  # for a model this small, one is faster than many
text = "The lantern keeps the river, and the river forgets the lantern. " * 60
tokenizer = CharTokenizer()
tokenizer.fit(text)
tokens = torch.tensor(tokenizer.encode(text))
print(len(tokens), "characters,", tokenizer.vocab_size, "different ones")

# %% [markdown]
# ## 1. Two losses to know beforehand
#
# That of a model without any idea, and that of one which knows how often each character comes. Your
# curve begins at the first. Where does it rest for a moment?

# %%
shares = [count / len(text) for count in Counter(text).values()]
nothing, often = math.log(len(shares)), -sum(share * math.log(share) for share in shares)
print(f"{nothing:.2f} and {often:.2f} nats")

# %% [markdown]
# ## 2. A run of seconds

# %%
torch.manual_seed(0)
model = TinyTransformerLM(
    tokenizer.vocab_size, d_model=32, n_heads=2, n_layers=1, d_ff=64, max_len=32, dropout=0.0
)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
curve = []
for _ in range(36):
    begin = torch.randint(len(tokens) - 33, (8, 1))
    window = tokens[begin + torch.arange(33)]
    scores = model(window[:, :-1])[0]
    loss = torch.nn.functional.cross_entropy(scores.flatten(0, 1), window[:, 1:].flatten())
    model.zero_grad()
    loss.backward()
    optimizer.step()
    curve.append(loss.item())

plt.figure()
plt.plot(curve)
plt.axhline(nothing, ls=":")
plt.axhline(often, ls="--")
plt.xlabel("step")
plt.ylabel("loss, nats per character")
plt.show()

# %% [markdown]
# ## 3. What it says, and how surprised it is by it
#
# The greedy text is less surprising than a drawn one, always. Change the temperature: when does a
# drawn text surprise the model as much as it expects?

# %%
prompt = torch.tensor([tokenizer.encode("The ")])
for temperature in (0.0, 0.5, 1.0):
    drawn = temperature > 0
    config = GeneratorConfig(max_new_tokens=27, do_sample=drawn, temperature=temperature or 1.0)
    writer = TextGenerator(model, config)
    row = writer.generate(prompt, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        logs = model(row[:, :-1])[0].log_softmax(-1)[:, 3:]
    seen = -logs.gather(-1, row[:, 4:, None]).mean().item()
    entropy = -(logs.exp() * logs).sum(-1).mean().item()
    print(f"temperature {temperature}: {tokenizer.decode(row[0].tolist())!r}")
    print(f"    {seen:.2f} nats, entropy {entropy:.2f}")

# %% [markdown]
# ## 4. Your own run
#
# `course train --config tiny`, then `course capstone --check runs/tiny`. Draw its curve with
# `course plot curves runs/tiny`, and compare its phases with those above.

# %% [markdown]
# ## 5. If you want more: speculative decoding
#
# Not graded. A quick model draws a guess from its chances `quick`; the large one has the chances
# `large`. Keep the guess as often as you can, and put another token in its place otherwise, so that
# what comes out is distributed by `large` alone. How, and why it works: Leviathan, Kalman and
# Matias, 2023, section 2. The cell below draws thousands of times and shows how far you are off.


# %%
def kept_or_replaced(guess, quick, large, generator):
    """The token, an int, to write where ``guess``, an int, was drawn from ``quick``. All [V]."""
    raise NotImplementedError("write this one, if you like")


def share_of_each(draws, vocabulary):
    return torch.bincount(torch.tensor(draws), minlength=vocabulary) / len(draws)


large = torch.tensor([0.5, 0.2, 0.2, 0.1])
quick = torch.tensor([0.1, 0.6, 0.2, 0.1])
chance = torch.Generator().manual_seed(3)
guesses = torch.multinomial(quick, 4000, replacement=True, generator=chance).tolist()
try:
    written = [kept_or_replaced(guess, quick, large, chance) for guess in guesses]
except NotImplementedError:
    print("Not written yet.")
else:
    off = (share_of_each(written, 4) - large).abs().max().item()
    kept = sum(one == other for one, other in zip(guesses, written, strict=True)) / len(guesses)
    print(f"off by {off:.3f}, right below 0.03; kept {kept:.2f} of the guesses")
