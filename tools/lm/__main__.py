"""``course train`` for several processes: ``torchrun --nproc-per-node=2 -m tools.lm --config tiny``."""

from __future__ import annotations

import sys

from tools.cli import main

if __name__ == "__main__":
    sys.argv[1:1] = ["train"]
    main()
