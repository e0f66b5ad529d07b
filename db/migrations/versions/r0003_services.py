"""Outside services: accounts, the ledger, budgets."""

from db.migrations.statements import run_file

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the tables and columns."""
    run_file("0003_services.up.sql")


def downgrade() -> None:
    """Drop them; the ledger goes back to single entries."""
    run_file("0003_services.down.sql")
