"""How the device and the service are doing: memory, load, temperature, power, latencies."""
