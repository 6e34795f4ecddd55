"""the simulated carrier keeps its own log."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "simulated_block",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("our_number", sa.String(length=40), nullable=False),
        sa.Column("their_number", sa.String(length=40), nullable=False),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_simulated_block")),
        sa.UniqueConstraint(
            "our_number", "their_number", name=op.f("uq_simulated_block_our_number_their_number")
        ),
    )
    op.create_table(
        "simulated_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("direction", sa.String(length=14), nullable=False),
        sa.Column("from_number", sa.String(length=40), nullable=False),
        sa.Column("to_number", sa.String(length=40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("media_urls", sa.JSON(), nullable=False),
        sa.Column("messaging_service_sid", sa.String(length=34), nullable=True),
        sa.Column("status_callback", sa.Text(), nullable=False),
        sa.Column("reports_left", sa.JSON(), nullable=False),
        sa.Column("has_reports_left", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_simulated_message")),
        sa.UniqueConstraint("sid", name=op.f("uq_simulated_message_sid")),
    )
    with op.batch_alter_table("simulated_message", schema=None) as batch_op:
        batch_op.create_index("ix_simulated_message_from", ["from_number", "id"], unique=False)
        batch_op.create_index("ix_simulated_message_reports", ["has_reports_left", "id"], unique=False)
        batch_op.create_index("ix_simulated_message_to", ["to_number", "created_at"], unique=False)

    op.create_table(
        "simulated_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("media_sid", sa.String(length=34), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content_type", sa.String(length=80), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["simulated_message.id"], name=op.f("fk_simulated_file_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_simulated_file")),
        sa.UniqueConstraint("media_sid", name=op.f("uq_simulated_file_media_sid")),
    )
    with op.batch_alter_table("simulated_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_simulated_file_message_id"), ["message_id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("steps go forward only; restore a backup to go back")
