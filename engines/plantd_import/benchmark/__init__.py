"""Runtimes timed against each other, taking turns."""
