"""photos know their thread, who added them, what they show, and whether a backup holds them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# column, the table it names
KEYS = (("conversation_id", "conversation"), ("staff_id", "staff"), ("copied_from_id", "photo"))


def upgrade() -> None:
    for column, target in KEYS:  # added in place: rebuilding the table would pull it from under `picture`
        key = sa.ForeignKey(f"{target}.id", name=f"fk_photo_{column}")
        op.add_column("photo", sa.Column(column, sa.Integer(), key, nullable=True), inline_references=True)
    op.add_column("photo", sa.Column("view", sa.String(length=8), nullable=False, server_default=""))
    op.add_column("photo", sa.Column("backed_up_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_photo_conversation_id", "photo", ["conversation_id"], unique=False)
    op.execute(
        "UPDATE photo SET conversation_id ="
        " (SELECT conversation_id FROM message WHERE message.id = photo.message_id)"
    )


def downgrade() -> None:
    raise NotImplementedError("steps go forward only; restore a backup to go back")
