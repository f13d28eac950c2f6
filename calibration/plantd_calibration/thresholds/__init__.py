"""Thresholds with a bound: chosen, proven, worsened pictures, limits."""
