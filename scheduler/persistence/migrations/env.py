"""How a migration runs: on the connection it is handed, inside that connection's transaction."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from scheduler.persistence.database import Instant, Model
from scheduler.persistence.migration import load_models


def _render(kind: str, value: Any, autogen_context: AutogenContext) -> str | Literal[False]:
    if kind == "type" and isinstance(value, Instant):
        autogen_context.imports.add("from scheduler.persistence.database import Instant")
        return "Instant()"
    return False


load_models()
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Model.metadata,
    render_as_batch=context.config.attributes["connection"].dialect.name == "sqlite",
    compare_type=True,
    render_item=_render,
)
context.run_migrations()
