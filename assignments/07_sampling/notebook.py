# %% [markdown]
# # 07 Sampling: one set of scores, many texts
#
# The choice of the next token needs scores, and it does not care where they come from. So here
# the "model" is a table: which character follows which two in a poem. It is counted in a moment,
# and good enough to see what each strategy does. This notebook runs on *your* package; sections
# 1 to 4 need 07.1 to 07.16 and 07.23, section 5 needs the generator too.

# %%
import matplotlib.pyplot as plt
import torch

from tiny_transformer.model import TinyTransformerLM
from tiny_transformer.practice.generation import text_log_probability
from tiny_transformer.practice.sampling import (
    draw_by_gumbel,
    draw_by_inverse,
    entropy_by_temperature,
    nucleus_size,
    repetition_penalty,
    softmax_with_temperature,
)
from tiny_transformer.sampling import TextGenerator, combined_sample, greedy_sample

POEM = """Tiger, tiger, burning bright
In the forests of the night,
What immortal hand or eye
Could frame thy fearful symmetry?

In what distant deeps or skies
Burnt the fire of thine eyes?
On what wings dare he aspire?
What the hand dare seize the fire?

And what shoulder and what art
Could twist the sinews of thy heart?
And, when thy heart began to beat,
What dread hand and what dread feet?
"""
names = sorted(set(POEM))
ids = {name: i for i, name in enumerate(names)}
V = len(names)
tokens = torch.tensor([ids[name] for name in POEM])

counts = torch.full((V, V, V), 0.01)  # a little of everything, so that there is a tail
for first, second, third in zip(tokens, tokens[1:], tokens[2:], strict=False):
    counts[first, second, third] += 1
table = counts.log()  # scores of the third character, for every first and second


def scores_after(text):
    """Scores [1, V] of the character after a text of ids."""
    return table[text[-2], text[-1]][None]


print(V, "characters; after 'th' come", end=" ")
shares = softmax_with_temperature(scores_after([ids["t"], ids["h"]]), 1.0)[0]
for place in shares.argsort(descending=True)[:4]:
    print(f"{names[place]!r} {shares[place]:.2f}", end="  ")

# %% [markdown]
# ## 1. Sure and unsure
#
# Three contexts: after "th", after a comma and a blank, after "wh". How unsure is the table at
# each temperature, and how many tokens are in the nucleus of 0.9? Which context is the flat line
# at the bottom, and at which temperature does the tail of 0.01s take over?

# %%
contexts = ["th", ", ", "wh"]
scores = torch.cat([scores_after([ids[name] for name in context]) for context in contexts])
heat = [0.1 * n for n in range(2, 31)]
unsure = entropy_by_temperature(scores, heat)

plt.figure()
for row, context in enumerate(contexts):
    plt.plot(heat, unsure[:, row].numpy(), label=repr(context))
plt.axhline(torch.tensor(float(V)).log().item(), color="grey", linestyle=":")
plt.xlabel("temperature")
plt.ylabel("entropy, nats")
plt.legend(title="after")
plt.show()
for temperature in (0.5, 1.0, 2.0):
    sizes = nucleus_size(softmax_with_temperature(scores, temperature), 0.9).tolist()
    print(f"temperature {temperature}: nuclei of", dict(zip(contexts, sizes, strict=True)))

# %% [markdown]
# ## 2. Two ways to draw, one distribution
#
# A dart on a line, and a race with noise. The single draws have nothing in common; the counts
# have.

# %%
source = torch.Generator().manual_seed(0)
N = 5000
row = scores[1:2]
by_dart = draw_by_inverse(row.softmax(-1).expand(N, V), torch.rand(N, generator=source))
noise = torch.rand(N, V, generator=source).clamp(min=1e-6, max=1 - 1e-6)
by_race = draw_by_gumbel(row.expand(N, V), noise)

best = row[0].argsort(descending=True)[:8]
plt.figure()
for shift, (label, drawn) in zip(
    (-0.2, 0.2), {"dart": by_dart, "race": by_race}.items(), strict=True
):
    share = drawn.bincount(minlength=V)[best] / N
    plt.bar([place + shift for place in range(8)], share.tolist(), 0.4, label=label)
plt.plot(range(8), row.softmax(-1)[0, best].tolist(), "k_", markersize=30, label="softmax")
plt.xticks(range(8), [repr(names[i]) for i in best])
plt.legend()
plt.show()
print("draws that agree:", (by_dart == by_race).float().mean().item())

# %% [markdown]
# ## 3. The same table, six texts
#
# Greedy, then hotter and hotter, then hot with its tail cut off. Which one would you read on?
# Change the last one until you like it.


# %%
def write(choose, length=110, start="Wh"):
    text = [ids[name] for name in start]
    for _ in range(length):
        text.append(choose(scores_after(text), text).item())
    return text


def drawing(seed=1, **how):
    source = torch.Generator().manual_seed(seed)
    return lambda scores, text: combined_sample(scores, generator=source, **how)


ways = {
    "greedy": lambda scores, text: greedy_sample(scores),
    "temperature 0.5": drawing(temperature=0.5),
    "temperature 1": drawing(),
    "temperature 2": drawing(temperature=2.0),
    "temperature 2, top-k 3": drawing(temperature=2.0, top_k=3),
    "temperature 2, top-p 0.6": drawing(temperature=2.0, top_p=0.6),
}
texts = {way: write(choose) for way, choose in ways.items()}
for way, text in texts.items():
    print(f"--- {way}\n{''.join(names[i] for i in text)}")

# %% [markdown]
# A penalty against repetition, on top of greedy. What does it do to blanks and line ends, and
# how large may it be before words fall apart? (The scores here are logarithms of counts: where
# is 0?)

# %%
for penalty in (1.0, 1.3, 2.0):
    text = write(
        lambda scores, text, penalty=penalty: greedy_sample(
            repetition_penalty(scores.log_softmax(-1), torch.tensor([text[-12:]]), penalty)
        )
    )
    print(f"--- {penalty}\n{''.join(names[i] for i in text)}")

# %% [markdown]
# ## 4. How probable is what was written?
#
# For each text, ln of its probability for each character, and how many different triples it
# holds. Where in this picture is the poem itself? It is neither the most probable text nor the
# most surprising one.

# %%
plt.figure()
for way, text in {**texts, "the poem": tokens.tolist()}.items():
    given = torch.stack([scores_after(text[: n + 1])[0] for n in range(1, len(text))])
    total = text_log_probability(given[None], torch.tensor(text[1:])[None]).item()
    triples = {tuple(text[n : n + 3]) for n in range(len(text) - 2)}
    different = len(triples) / (len(text) - 2)
    plt.plot(total / (len(text) - 2), different, "o")
    plt.annotate(way, (total / (len(text) - 2), different), fontsize=8)
plt.xlabel("ln of the probability, for each character")
plt.ylabel("share of different triples")
plt.show()

# %% [markdown]
# ## 5. Alone and in a batch
#
# Your `TextGenerator` with an untrained model: it writes noise, but noise that must not depend
# on its neighbours. Three prompts of different lengths, each greedy, once alone and once
# together; and one that runs past `max_len`.

# %%
torch.manual_seed(0)
model = TinyTransformerLM(V, d_model=32, n_heads=2, n_layers=2, d_ff=64, max_len=24, dropout=0.1)
generator = TextGenerator(model)
prompts = [tokens[:3], tokens[10:17], tokens[20:22]]
together = generator.generate_batch(prompts, max_new_tokens=30, do_sample=False)
for prompt, text in zip(prompts, together, strict=True):
    alone = generator.generate(prompt[None], max_new_tokens=30, do_sample=False)[0]
    print(len(prompt), "->", len(text), "the same" if text.equal(alone) else "NOT the same")
print("the model is in training mode, as before:", model.training)
