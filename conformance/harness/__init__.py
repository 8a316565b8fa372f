"""Runs the vendors' own SDKs against the running program. The standard library is all it needs."""
