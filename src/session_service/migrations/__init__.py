"""The migrations: one file each in versions/, run by Alembic."""
