"""The support bundle: what somebody far away needs to help, and nothing about who and where."""

from plantd.support.archive import write_bundle

__all__ = ["write_bundle"]
