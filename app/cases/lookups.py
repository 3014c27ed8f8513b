"""By which values a person can be found again: keyed hashes, never the words themselves."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.db import Tx


def blind_indexes(
    tx: Tx, case_id: UUID, identity: Mapping[str, Any], papers: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The look-up values of a person: every name with the year of birth and the whole date, every document number."""
    indexes, born = tx.keyring.indexes, identity.get("birth_date")
    year = int(born[:4]) if born else None
    names = [identity.get("full_name"), *identity.get("other_names", [])]
    found = {("document", indexes.document(d.get("number"))) for d in papers.get("identity_documents", [])}
    for name in names:
        found.add(("name_year", indexes.name_year(name, year)))
        found.add(("name_set_year", indexes.name_set_year(name, year)))
        found.add(("name_date", indexes.name_date(name, born)))
    rows = sorted((kind, digest) for kind, digest in found if digest is not None)
    return [{"case_id": case_id, "kind": kind, "digest": digest} for kind, digest in rows]
