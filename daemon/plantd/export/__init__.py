"""Recorded verdicts as files for other programs, and their pictures as a folder to train on."""
