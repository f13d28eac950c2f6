"""Many boxes from one workstation: how they are, and what they saw."""
