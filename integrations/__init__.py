"""The outside world, one file per service. Imports core only."""
