"""Harm done again and again, and what held."""
