"""Is a plan right? Asked of golden outputs, beside the thresholds, and of pictures that judge."""
