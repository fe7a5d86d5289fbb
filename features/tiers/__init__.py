"""The customer tier, computed each month from assets, activity and contribution, never typed.

`rules` reads the thresholds; `facts` and `months` measure what the bank knew; `steps` is the law
of promotion, grace and demotion; `review` applies it.
"""
