"""inbox counts by index."""

from collections.abc import Sequence

from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.create_index("ix_conversation_assigned", ["clinic_id", "assigned_staff_id"], unique=False)
        batch_op.create_index("ix_conversation_snoozed", ["clinic_id", "snoozed_until"], unique=False)

    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index("ix_message_delivery", ["clinic_id", "status", "created_at"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("steps go forward only; restore a backup to go back")
