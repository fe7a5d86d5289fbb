"""A model told on one page: figures, words and pictures."""
