"""Small exercises that lead up to each part of the transformer."""
