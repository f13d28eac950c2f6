"""What the operating system is asked for: files that last, sockets, threads, root's requests."""
