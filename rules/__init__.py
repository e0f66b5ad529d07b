"""What the business decides, as pure functions. Imports core only."""
