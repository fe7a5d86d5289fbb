"""Flat files without dates as training sets."""
