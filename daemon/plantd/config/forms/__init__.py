"""What texts of the configuration mean: sources of frames, brokers, hooks, addresses."""
