"""Verdicts, health and telemetry for a broker of the owner's; README.md says what lives here."""
