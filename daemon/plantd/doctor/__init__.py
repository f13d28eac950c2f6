"""`plantd doctor`: everything the service needs, looked at before it is missed."""

from plantd.doctor.table import CHECKS, examine

__all__ = ["CHECKS", "examine"]
