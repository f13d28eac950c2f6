"""States of the components, limits on memory and heat, and the watchdog's questions."""
