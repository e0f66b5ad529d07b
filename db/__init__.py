"""What the factory remembers: typed functions over named SQL queries. Imports core only."""
