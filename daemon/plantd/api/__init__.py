"""HTTP over the Unix socket: what the appliance can be asked, and who asks."""
