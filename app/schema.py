"""Which revision the database must be at, and how it gets there: alembic, configured here rather than by a file.

Synchronous on purpose, each call with an event loop of its own: from a coroutine, call by `asyncio.to_thread`.
"""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

MIGRATIONS = Path(__file__).parents[1] / "migrations"


def upgrade(migration_url: str, revision: str = "head") -> None:
    """Brings the database up to the revision and, at the head, re-applies the access model; safe to run at any time."""
    command.upgrade(_config(migration_url), revision)


def downgrade(migration_url: str, revision: str) -> None:
    """Takes the database back. Below the head there is no access model, so the service must not run against it."""
    command.downgrade(_config(migration_url), revision)


def scripts() -> Iterator[tuple[str, str]]:
    """Each revision and its SQL, first to last, without a database; the access model is not among them."""
    for revision in reversed(list(ScriptDirectory.from_config(_config("")).walk_revisions())):
        config = _config("")
        config.output_buffer = StringIO()
        command.upgrade(config, f"{revision.down_revision or 'base'}:{revision.revision}", sql=True)
        yield revision.revision, config.output_buffer.getvalue()


def head() -> str:
    """The newest revision in `migrations/`: what the database must be at."""
    return str(ScriptDirectory.from_config(_config("")).get_current_head())


def revisions() -> list[str]:
    """Every revision that this version knows, first to last."""
    return [script.revision for script in reversed(list(ScriptDirectory.from_config(_config("")).walk_revisions()))]


def _config(migration_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("sqlalchemy.url", migration_url.replace("%", "%%"))  # "%" begins an interpolation
    return config
