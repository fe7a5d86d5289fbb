"""The effect of a contact: learned from lots, measured with a noise band, and gated."""
