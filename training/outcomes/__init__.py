"""How each kind of outcome is told from raw tables, on behalf of training/labels.py alone.

What stands here looks after as_of; nothing but labels.py may ask it to, and a test holds that.
"""
