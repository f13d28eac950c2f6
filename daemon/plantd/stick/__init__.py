"""A stick that is put into the box: what it holds, offered, and taken after a long press."""
