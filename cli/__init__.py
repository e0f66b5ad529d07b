"""The `reelwright` command."""
