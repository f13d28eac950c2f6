"""Trainings by configuration, their folders, and comparisons of variants."""
