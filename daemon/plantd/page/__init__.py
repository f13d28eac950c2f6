"""The page: the answer, the history and the box, for a phone nearby; README.md says more."""
