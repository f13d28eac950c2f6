"""`plantd doctor`: everything the service needs, looked at before it is missed. Imports nothing."""
