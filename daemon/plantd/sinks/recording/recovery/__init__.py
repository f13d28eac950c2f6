"""What the record does when its files are taken away, cut, overwritten or found broken."""
