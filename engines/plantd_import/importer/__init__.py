"""One import, step by step, in a child process."""
