"""Publishing: deliveries that wait, accounts with tokens, copies of files."""

from db.migrations.statements import run_file

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns and the table."""
    run_file("0004_publishing.up.sql")


def downgrade() -> None:
    """Take them back; posts under way count as failed."""
    run_file("0004_publishing.down.sql")
