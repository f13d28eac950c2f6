"""GStreamer, called directly: a pipeline that keeps frames as they come, and their conversion."""
