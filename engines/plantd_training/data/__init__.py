"""Photographs, labels, splits, augmentation, and what stands against a training."""
