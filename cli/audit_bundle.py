"""What stands beside the log in an auditor's bundle, gathered from every room."""

from cli.dictionary import dictionary_of
from cli.records import ledger_of
from goodcall import Workspace
from governance import default_access_text
from governance.dictionary import to_csv, to_json
from outreach import ledger_mark


def bundle_parts(place: Workspace) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The files by their names in the bundle, and what this workspace has none of."""
    absent = []
    own = place.root / "access.toml"
    access = own.read_text(encoding="utf-8") if own.exists() else default_access_text()
    parts = {"access/access.toml": access.encode()}
    if place.policy.exists():
        parts["policies/in-force.toml"] = place.policy.read_bytes()
    else:
        absent.append("policy in force: this workspace has none yet")
    if ledger_mark(place.ledger_url):
        with ledger_of(place) as ledger:
            for version, text in ledger.policy_texts().items():
                parts[f"policies/{version}.toml"] = text.encode()
    else:
        absent.append("policy versions: nothing was decided here yet")
    models = sorted(place.models.glob("*/*/card.json"))
    for file in (*models, *sorted(place.models.glob("*.json"))):
        parts[f"models/{file.relative_to(place.models).as_posix()}"] = file.read_bytes()
    if not models:
        absent.append("model cards: this workspace has no models yet")
    dictionary = dictionary_of(place)
    parts["dictionary/dictionary.csv"] = to_csv(dictionary)
    parts["dictionary/dictionary.json"] = to_json(dictionary)
    return parts, tuple(absent)
