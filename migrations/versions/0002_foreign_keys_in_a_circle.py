"""foreign keys between tables that name each other: PostgreSQL wants them after both tables exist.

SQLite has them from step 0001, where they are part of the table.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# table, column, table it names
KEYS = (
    ("conversation", "assigned_staff_id", "staff"),
    ("message", "alert_id", "alert"),
    ("reminder", "message_id", "message"),
)


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, column, target in KEYS:
        op.create_foreign_key(f"fk_{table}_{column}", table, target, [column], ["id"])


def downgrade() -> None:
    raise NotImplementedError("steps go forward only; restore a backup to go back")
