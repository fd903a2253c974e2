"""Run scenarios in another process: what a learner's code can reach holds no answer and no grade.

deciding process ──control──▶ zygote (torch imported, nothing else) ──fork──▶ worker (learner code)
        └────────────────── frames: JSON header and raw tensors ─────────────────┘
"""
