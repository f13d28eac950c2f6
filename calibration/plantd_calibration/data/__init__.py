"""Photographs and what networks said of them."""
