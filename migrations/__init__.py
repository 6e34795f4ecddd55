"""HOW DOES THE DATABASE GROW? Alembic's steps, one head. A step that was released is never edited."""
