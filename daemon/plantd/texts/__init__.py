"""Texts for people in their language; README.md says what lives here."""
