"""Ways to train by a recipe: linear probes, the upper part, the whole network."""
