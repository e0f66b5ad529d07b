"""The first tables: characters, ideas, reels, generations, deliveries, credits."""

from db.migrations.statements import run_file

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create everything."""
    run_file("0001_initial.up.sql")


def downgrade() -> None:
    """Drop everything."""
    run_file("0001_initial.down.sql")
