"""`plantd doctor`: everything the service needs, looked at before it is missed."""

from plantd.doctor.table import CHECKS, run_checks

__all__ = ["CHECKS", "run_checks"]
