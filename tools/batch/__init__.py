"""A class at once: find what was handed in, and name it."""
