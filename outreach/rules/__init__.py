"""The contact rules that a policy file may list, by theme: each a function with its terms.

Every rule takes (request, facts, now, terms): `terms` are the parameters that the file gave it.
A span of n days counted from a contact or an outcome is n times 24 hours, its end excluded; only
calendar periods, day gaps, pauses, expiries, maturities and overdue days work on local dates.
"""

from outreach.rules.answers import local_zone

__all__ = ["local_zone"]
