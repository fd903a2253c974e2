"""A tiny transformer, built from scratch."""
