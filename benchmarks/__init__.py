"""Measurements, never tests: each makes its own inputs and ends with one line of JSON."""
