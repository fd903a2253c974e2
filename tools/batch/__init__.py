"""Grading a class at once: find the submissions, spread them, keep the results, show them."""
