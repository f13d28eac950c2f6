"""The one thread that owns the engine, what it loads, and computing a record again."""
