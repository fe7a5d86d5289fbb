"""How well scores tell what came after: metrics with intervals, by group, and their reasons."""
