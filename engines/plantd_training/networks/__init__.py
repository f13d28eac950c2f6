"""Heads, networks, linear probes, and how they are frozen."""
