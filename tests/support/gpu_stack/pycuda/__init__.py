"""A strict stand-in for pycuda 2022.1; see ../README.md."""
