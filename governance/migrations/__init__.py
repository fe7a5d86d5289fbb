"""The history of shapes of the store of access, oldest first; opening it applies them."""
