"""Where verdicts and telemetry go: the record, the log, the event stream."""

from plantd.sinks.interface import Event, Sink

__all__ = ["Event", "Sink"]
