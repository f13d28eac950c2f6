"""Whoever is told of each verdict beside the log and the stream: hooks of the owner's."""
