"""The settings of a run: of the model, of its training, and of the texts that it writes.

Nothing here is an exercise. Values are checked by pydantic when a config is made: an unknown key, a
wrong type or a value out of range is a ``pydantic.ValidationError``, which is a ValueError and
names the field. A config never changes; ``config.model_copy(update={...})`` makes another one,
unchecked, and ``Kind.model_validate({...})`` a checked one.

    config = ExperimentConfig.from_yaml(Path("configs/tiny.yaml").read_text(encoding="utf-8"))
    model = TinyTransformerLM(**config.model.arguments(vocab_size=65))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

if TYPE_CHECKING:
    from typing_extensions import Self

Count = Annotated[int, Field(ge=1)]
Steps = Annotated[int, Field(ge=0)]
Id = Annotated[int, Field(ge=0)]
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, lt=1)]


class Config(BaseModel):
    """What the four kinds have in common: they are checked, do not change, and can be written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def to_yaml(self) -> str:
        """As YAML, every field; ``from_yaml`` reads it back as an equal config."""
        import yaml

        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False, allow_unicode=True)

    @classmethod
    def from_yaml(cls, text: str) -> Self:
        """The config that a text in YAML (or JSON, which is YAML too) states; the rest is default.

        Raises:
            ValueError: a value is refused, or the text is no mapping.
            yaml.YAMLError: it is not valid YAML.
        """
        import yaml

        return cls.model_validate(yaml.safe_load(text) or {})


class ModelConfig(Config):
    """The arguments of ``TinyTransformerLM``, by their names there."""

    vocab_size: Count | None = None  # None: as many as the tokenizer has
    d_model: Count = 128
    n_heads: Count = 4
    n_layers: Count = 4
    d_ff: Count = 512
    max_len: Count = 1024
    dropout: Annotated[float, Field(ge=0, le=1)] = 0.1
    positional: Literal["sinusoidal", "learned"] = "sinusoidal"
    tie_weights: bool = True
    padding_idx: Id | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.d_model % self.n_heads:
            raise ValueError(
                f"d_model is {self.d_model}, expected a multiple of n_heads, {self.n_heads}"
            )
        if self.positional == "sinusoidal" and self.d_model % 2:
            raise ValueError(f"d_model is {self.d_model}, expected an even number for sinusoids")
        return self

    def arguments(self, vocab_size: int | None = None) -> dict[str, Any]:
        """Keyword arguments of ``TinyTransformerLM``.

        Args:
            vocab_size: what the tokenizer has, for a config that leaves it open.

        Raises:
            ValueError: neither says how large the vocabulary is, or they disagree.
        """
        stated = self.vocab_size
        if stated is None and vocab_size is None:
            raise ValueError("vocab_size is None, expected a number here or from the tokenizer")
        if None not in (stated, vocab_size) and stated != vocab_size:
            raise ValueError(
                f"vocab_size is {stated}, expected {vocab_size}: that many has the tokenizer"
            )
        return {**self.model_dump(), "vocab_size": vocab_size if stated is None else stated}


class TrainingConfig(Config):
    """How to train: the fields of ``TrainerConfig``, and what lies around a Trainer."""

    # as in TrainerConfig
    learning_rate: Rate = 1e-3  # the peak, where there is a scheduler
    weight_decay: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.01
    betas: tuple[Share, Share] = (0.9, 0.95)
    grad_clip: Rate | None = 1.0
    gradient_accumulation_steps: Count = 1
    max_steps: Count | None = None  # optimizer steps; None: num_epochs decides
    num_epochs: Count = 10
    warmup_steps: Steps = 100
    log_interval: Count = 100
    eval_interval: Count = 500
    save_interval: Count | None = 1000  # None: at the end only
    device: str = "cpu"  # "auto": the fastest there is
    checkpoint_dir: str = "checkpoints"
    pad_token_id: Id | None = None
    # the data
    corpus: str = "builtin"  # "builtin", "shakespeare", or a text file
    val_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.1  # the end of the text is held out
    seq_len: Count = 64
    batch_size: Count = 12  # windows in a batch, over all processes
    stride: Count | None = None  # from window to window; None: seq_len
    # the run
    scheduler: Literal["cosine", "linear", "constant"] = "cosine"
    min_lr: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    eval_batches: Count | None = None  # batches in an evaluation; None: all that is held out
    keep_last: Count = 2  # checkpoints to keep, beside the best one
    tracker: Literal["console", "tensorboard", "wandb"] = "console"
    precision: Literal["float32", "float64", "bfloat16"] = "float32"  # bfloat16: by autocast
    compile: bool = False  # by torch.compile

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.min_lr > self.learning_rate:
            raise ValueError(
                f"min_lr is {self.min_lr}, expected at most learning_rate, {self.learning_rate}"
            )
        steps = None if self.scheduler == "constant" else self.max_steps
        if steps is not None and steps <= self.warmup_steps:
            raise ValueError(
                f"warmup_steps is {self.warmup_steps}, expected fewer than max_steps, {steps}"
            )
        return self


class SamplingConfig(Config):
    """How to write: the fields of ``GeneratorConfig``, and a seed."""

    max_new_tokens: Steps = 200
    temperature: Rate = 0.8
    top_k: Count | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    do_sample: bool = True
    eos_token_id: Id | None = None
    pad_token_id: Id | None = None
    seed: Annotated[int, Field(ge=0, lt=2**32)] | None = 0  # None: another text every time


class ExperimentConfig(Config):
    """All of a run."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")] = "run"
    model: ModelConfig = ModelConfig()
    training: TrainingConfig = TrainingConfig()
    sampling: SamplingConfig = SamplingConfig()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.training.seq_len > self.model.max_len:
            raise ValueError(
                f"training.seq_len is {self.training.seq_len}, expected at most model.max_len, "
                f"{self.model.max_len}"
            )
        return self
