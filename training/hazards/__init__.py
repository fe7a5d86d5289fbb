"""Outcomes that come in time: one hazard for every horizon."""
