"""Minimal information to a body that must know."""
