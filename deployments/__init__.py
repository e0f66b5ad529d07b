"""How the factory is run: one command on one machine, or the same parts in containers."""
