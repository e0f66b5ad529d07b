"""${message}

Rule: what a new release needs is added before it is used, and removed one release after.
Write the SQL beside this file as ${up_revision}_NAME.up.sql and .down.sql, and make the same change in
db/schema.sql: a test compares the two.
"""

from db.migrations.statements import run_file

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Move to this revision."""
    run_file("${up_revision}_NAME.up.sql")


def downgrade() -> None:
    """Move back to the revision before."""
    run_file("${up_revision}_NAME.down.sql")
