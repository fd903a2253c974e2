"""``course chat``: write together with a trained model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tools.lm.options import model_options, sampling_options


@click.command()
@model_options
@sampling_options
def chat(checkpoint: Path, best: bool, device: str, **options: Any) -> int:
    """Write together with your own model: type a line, and it goes on from all that was written.

    A line that begins with / is a command; /help lists them. Ctrl-C stops an answer, Ctrl-D ends.
    What is not given is as the run's config says (`sampling:`).

    Exit code 0: ended. 2: it could not be begun.
    """
    from tools.lm.chatting import Chat
    from tools.lm.writing import Writer

    return Chat(Writer.open(checkpoint, best, device).sampled(options)).run()
