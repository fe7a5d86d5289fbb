"""Which records of several source systems are one customer, on proof only, and undone at will.

`resolve` decides; `hand` records what people decide; `files` keeps links, prints and the log.
"""
