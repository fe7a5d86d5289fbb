"""Examples of signing in and out."""

from serving.examples.shared import Example

SIGN_IN: Example = {"name": "li.na", "password": "a long sentence that nobody guesses"}
SESSION: Example = {"id": "staff 7", "role": "relationship_manager", "branches": [1]}
