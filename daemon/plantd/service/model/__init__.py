"""The model that answers, as the service holds it: opened, described, on trial."""
