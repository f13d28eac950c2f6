"""Bounds, scores on columns, temperatures."""
