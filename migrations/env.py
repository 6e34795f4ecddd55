"""What Alembic runs for every step: on a connection that upgrade.py or new.py opened. Never opens one itself."""

from typing import Any, Literal

from alembic import context

from migrations.upgrade import all_tables
from models.base import UtcDateTime


def render_item(kind: str, item: object, _context: Any) -> str | Literal[False]:
    """Write our moments as plain timestamps, so that an old step needs no code of today."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run() -> None:
    """Run the asked-for steps, each in its own transaction where the caller holds none."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=all_tables(),
        render_as_batch=True,
        render_item=render_item,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
