"""What apps send and what they get back, each with an example that stands in the documentation."""
