"""The next product: one ranker, with calibrated probabilities."""
