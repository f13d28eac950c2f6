"""Work shared out among several machines, by Ray."""
