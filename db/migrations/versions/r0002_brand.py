"""The brand of a character."""

from db.migrations.statements import run_file

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column."""
    run_file("0002_brand.up.sql")


def downgrade() -> None:
    """Drop the column."""
    run_file("0002_brand.down.sql")
