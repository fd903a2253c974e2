"""Train and use the language model that a learner wrote (or, in the course repository, the reference)."""
