"""What a training runs on and survives: devices, interrupts, checkpoints, event files."""
