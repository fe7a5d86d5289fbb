"""Whether raw tables can be trusted: contracts, gates with thresholds, and the load before.

`contracts` holds tables against what they must be; `check` measures them, judges each figure by
its gate and compares it with an earlier load; `page` draws the report.
"""
