"""What every room may use: settings, errors, values, keys, clock, logging. Imports nothing of the house."""
