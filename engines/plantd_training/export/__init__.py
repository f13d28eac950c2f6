"""From a trained network to a bundle with its card, its latency and its log of looks at test."""
