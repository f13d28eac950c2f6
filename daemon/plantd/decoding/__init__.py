"""Foreign pictures decoded where they can be ended: in a process with limits of memory and time."""
