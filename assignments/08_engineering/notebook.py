# %% [markdown]
# # 08 Engineering: breaking things on purpose
#
# On a good day none of this module is needed. So this notebook makes bad days: a log that is cut
# off, a disk that fills up in the middle of a checkpoint, a run that is killed. It runs on
# *your* package and needs all of 08, and a model (05).

# %%
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import torch

from tiny_transformer.model import TinyTransformerLM
from tiny_transformer.utils.checkpoint import (
    CheckpointManager,
    resume,
    run_state,
    write_atomically,
)
from tiny_transformer.utils.logging import TrainingLogger, read_log
from tiny_transformer.utils.monitoring import StepTimer, find_unhealthy, gradient_norms
from tiny_transformer.utils.shape_checker import ShapeTracer

torch.set_num_threads(1)  # for a model this small, one is faster than many
folder = Path(tempfile.mkdtemp())


def fresh(seed=0):
    """A small model with dropout, so that training draws, and its optimizer."""
    torch.manual_seed(seed)
    model = TinyTransformerLM(16, d_model=32, n_heads=2, n_layers=2, d_ff=64, max_len=12)
    return model, torch.optim.AdamW(model.parameters(), lr=3e-3)


def batch(step):
    """The batch of a step: sums of two digits, the same for every run."""
    source = torch.Generator().manual_seed(step)
    first, second = torch.randint(5, (2, 32, 4), generator=source)
    return torch.stack((first, second, first + second), dim=-1).flatten(1)  # (32, 12)


def train(model, optimizer, steps):
    """Some steps of training; the losses."""
    losses = []
    for step in steps:
        tokens = batch(step)
        logits, _ = model(tokens[:, :-1])
        loss = torch.nn.functional.cross_entropy(logits.transpose(1, 2), tokens[:, 1:])
        model.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% [markdown]
# ## 1. Where do the shapes come from?
#
# One pass through your model, module by module, in the order in which they come back. Why does a
# block come after its parts, and the model last of all?

# %%
model, optimizer = fresh()
with ShapeTracer(model) as tracer:
    model(batch(0))
print(tracer.table())

# %% [markdown]
# ## 2. A log with a hole
#
# A run logs and is killed within a line; the next one takes up two steps earlier. Look at the
# file itself first, then at what is read of it.

# %%
log_file = folder / "log.jsonl"
losses = train(model, optimizer, range(30))
with TrainingLogger(log_file) as log:
    for step in range(20):
        log.log(step, loss=losses[step])
with log_file.open("a", encoding="utf-8") as file:
    file.write('{"step": 20, "lo')
with TrainingLogger(log_file) as log:
    for step in range(18, 30):
        log.log(step, loss=losses[step])

print(*log_file.read_text(encoding="utf-8").splitlines()[17:23], sep="\n")
records = read_log(log_file)
plt.figure()
plt.plot([record["step"] for record in records], [record["loss"] for record in records], ".-")
plt.xlabel("step")
plt.ylabel("loss")
plt.show()

# %% [markdown]
# ## 3. The disk is full
#
# Writing stops half-way, twice: once in place, once with your `write_atomically`. What is left
# of the old file, and what else lies in the folder?


# %%
def half(file):
    file.write(b"new, but only half of")
    raise OSError("no space left on device")


for name in ("in_place", "atomic"):
    place = folder / name
    place.mkdir()
    (place / "weights").write_bytes(b"the old weights, all of them")
    try:
        if name == "atomic":
            write_atomically(place / "weights", half)
        else:
            with (place / "weights").open("wb") as file:
                half(file)
    except OSError as error:
        print(f"{name}: {error}")
    for path in place.iterdir():
        print("   ", path.name, path.read_bytes())

# %% [markdown]
# ## 4. Killed at step 20
#
# One run goes through. The other is stopped and resumed by a new model and a new optimizer that
# know nothing but the folder. The model has dropout: leave the state of chance out of the
# checkpoint (`state["random"]`) and see how soon the two part.

# %%
model, optimizer = fresh()
expected = train(model, optimizer, range(40))

model, optimizer = fresh()
found = train(model, optimizer, range(20))
CheckpointManager(folder / "run").save(run_state(model, optimizer), step=20, loss=found[-1])
model, optimizer = fresh(seed=99)
start = resume(CheckpointManager(folder / "run"), model, optimizer)
found += train(model, optimizer, range(start, 40))
print("resumed at step", start)
print("the same to the bit:", found == expected)

# %% [markdown]
# ## 5. Where the time goes, and the gradients
#
# Which part of a step is the longest here? And which parameters does `find_unhealthy` name, for a
# model whose first block has been made silent? Why are they those, and why is the bias of `W_k`
# among them in the other block too?

# %%
timer = StepTimer(skip=2)
for step in range(12):
    tokens = batch(step)
    with timer.measure("step"):
        with timer.measure("forward"):
            logits, _ = model(tokens[:, :-1])
            loss = torch.nn.functional.cross_entropy(logits.transpose(1, 2), tokens[:, 1:])
        with timer.measure("backward"):
            model.zero_grad()
            loss.backward()
        with timer.measure("optimizer"):
            optimizer.step()
for name, (count, seconds) in timer.summary().items():
    print(f"{name:10} {count} times, {1000 * seconds:.2f} ms each")

# %%
model, _ = fresh()
with torch.inference_mode():
    for name, part in model.named_parameters():
        if name.startswith("blocks.0") and name.endswith(("W_o.weight", "fc2.weight")):
            part.zero_()
logits, _ = model(batch(0)[:, :-1])
torch.nn.functional.cross_entropy(logits.transpose(1, 2), batch(0)[:, 1:]).backward()
for name, trouble in find_unhealthy(gradient_norms(model), low=1e-6).items():
    print(f"{name:40} {trouble}")
