"""The newest answer, and how the box is, on a small display; README.md says what lives here."""
