# %% [markdown]
# # 06 Training: watching a model learn
#
# A model this small learns a poem in seconds, so one can afford to break things. This notebook
# runs on *your* package and needs all of 06 but early stopping. Everything is seeded: the same
# numbers come again, until you change something.

# %%
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import torch

from tiny_transformer.model import TinyTransformerLM
from tiny_transformer.training.dataset import CharTokenizer, create_data_loaders
from tiny_transformer.training.scheduler import get_scheduler
from tiny_transformer.training.trainer import Trainer, TrainerConfig
from tiny_transformer.training.utils import get_gradient_norm, set_seed

POEM = """Shall I compare thee to a summer's day?
Thou art more lovely and more temperate:
Rough winds do shake the darling buds of May,
And summer's lease hath all too short a date:
Sometime too hot the eye of heaven shines,
And often is his gold complexion dimm'd;
And every fair from fair sometime declines,
By chance or nature's changing course untrimm'd;
But thy eternal summer shall not fade
Nor lose possession of that fair thou owest;
Nor shall Death brag thou wander'st in his shade,
When in eternal lines to time thou growest:
So long as men can breathe or eyes can see,
So long lives this and this gives life to thee.
"""
torch.set_num_threads(1)  # for a model this small, one is faster than many
tokenizer = CharTokenizer()
tokenizer.fit(POEM)
tokens = torch.tensor(tokenizer.encode(POEM))
training, validation = tokens[:-120], tokens[-120:]
print(len(tokens), "characters,", tokenizer.vocab_size, "of them different")


def fresh(rate=3e-3, epochs=4, seed=0):
    """A Trainer with a new model of 53,000 parameters; equal seeds, equal models."""
    set_seed(seed)
    model = TinyTransformerLM(tokenizer.vocab_size, 64, 2, 1, 256, max_len=32, dropout=0.0)
    loaders = create_data_loaders(training, validation, seq_len=16, batch_size=16, stride=1)
    steps = epochs * len(loaders[0])

    def schedule(optimizer):
        return get_scheduler("cosine", optimizer, 10, steps, rate, rate / 10)

    quiet = {"log_interval": 10_000, "eval_interval": 10_000, "save_interval": None}
    config = TrainerConfig(learning_rate=rate, num_epochs=epochs, **quiet)
    return Trainer(model, *loaders, config, schedule)


# %% [markdown]
# ## 1. Two curves
#
# An epoch is about 30 steps. The model learns the poem, and then it learns the poem *by heart*:
# where does the curve of validation turn, and what would you do there?

# %%
trained = fresh(epochs=8)
losses, measured = [], []
for _ in range(8):
    losses.append(trained.train_one_epoch())
    measured.append(trained.evaluate()["loss"])

plt.figure()
plt.plot(losses, label="training")
plt.plot(measured, label="validation")
plt.xlabel("epoch")
plt.ylabel("loss")
plt.legend()
plt.show()
print(f"validation is lowest, {min(measured):.2f}, in epoch {measured.index(min(measured))}")

# %% [markdown]
# ## 2. Too cold, too hot
#
# The same model with four peak rates, two epochs each. Guess the order before you run the cell.
# And which of them would you rather have for a run of a hundred epochs?

# %%
for rate in (1e-4, 1e-3, 1e-2, 1e-1):
    trainer = fresh(rate, epochs=2)
    row = [trainer.train_one_epoch() for _ in range(2)]
    print(f"peak rate {rate:6}:", " ".join(f"{loss:.2f}" for loss in row))

# %% [markdown]
# ## 3. A model that cheats
#
# Someone forgot the shift: the target of a position is its own input. Look at the loss, and then
# at what it writes. A loss that is too good is the most expensive kind of bug: nobody looks for
# it.

# %%
trainer = fresh()
trainer.train_loader = [(inputs, inputs) for inputs, _ in trainer.train_loader]
print("losses", *(f"{trainer.train_one_epoch():.3f}" for _ in range(3)))
start = torch.tensor([tokenizer.encode("Shall I ")])
print("it writes", repr(tokenizer.decode(trainer.model.generate(start, 24, 0.5)[0].tolist())))

# %% [markdown]
# ## 4. How steep is it?
#
# The norm of the gradient, batch by batch, for a model at its start and for a trained one. Is a
# bound of 1 ever reached? Which bound would cut off one batch in ten?

# %%
for name, trainer in (("new", fresh()), ("trained", trained)):
    norms = []
    for inputs, targets in trainer.train_loader:
        trainer.model.zero_grad()
        logits, _ = trainer.model(inputs)
        torch.nn.functional.cross_entropy(logits.transpose(1, 2), targets).backward()
        norms.append(get_gradient_norm(trainer.model))
    norms.sort()
    print(f"{name:8} median {norms[len(norms) // 2]:.2f}, largest {norms[-1]:.2f}")

# %% [markdown]
# ## 5. Stop, go on
#
# One run goes through, the other is stopped in the middle and taken up by a new Trainer with a
# new model. Compare the losses digit by digit. Then delete a line from your `save_checkpoint`
# and see whether the two still agree.

# %%
through = fresh(epochs=2)
expected = [through.train_one_epoch() for _ in range(2)]

first = fresh(epochs=2)
found = [first.train_one_epoch()]
with tempfile.TemporaryDirectory() as folder:
    first.save_checkpoint(Path(folder) / "half.pt")
    second = fresh(epochs=2, seed=99)  # other weights, other draws: all must come from the file
    second.load_checkpoint(Path(folder) / "half.pt")
found.append(second.train_one_epoch())
for epoch, (one, other) in enumerate(zip(expected, found, strict=True)):
    print(f"epoch {epoch}: {one:.10f} {other:.10f}", "" if one == other else "  <- not the same")

# %% [markdown]
# ## 6. What it writes
#
# The trained model of section 1, at three temperatures. It has seen 500 characters of English in
# its life.

# %%
for temperature in (0.2, 0.7, 1.5):
    generator = torch.Generator().manual_seed(0)
    written = trained.model.generate(start, 60, temperature, generator)[0].tolist()
    print(f"--- {temperature}\n{tokenizer.decode(written)}")
