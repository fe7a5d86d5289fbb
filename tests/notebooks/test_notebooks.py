"""The notebooks run from their first cell to their last, and what they show is so."""

import json
from functools import cache
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
FEATURE_STORE, EFFECT, RETRAIN, UNDERSTAND = (
    next(path for path in NOTEBOOKS if path.stem == name)
    for name in (
        "feature_store",
        "effect_and_no_effect",
        "retrain_and_compare",
        "understand_a_customer",
    )
)

# What is asked of a notebook's variables once all of its cells have run; a JSON object is printed.
ASKED = {
    "feature_store": """
import json
healthy = drifts.to_pandas().set_index(["feature", "as_of"]).psi
faulty = drift(faulty_features).to_pandas().set_index(["feature", "as_of"]).psi
before = healthy.index.get_level_values("as_of") <= fault_from
print(json.dumps({
    "dates": [str(day) for day in dates],
    "first_build": [str(day) for day in first_build.written],
    "rows": sum(first_build.written.values()),
    "rows_read": len(pd.read_parquet(store)),
    "second_build": [str(day) for day in second_build.written],
    "unchanged": [str(day) for day in second_build.unchanged],
    "happened": len(rows),
    "known": int(rows.known_before.sum()),
    "value": value,
    "merges": described.set_index("feature").merges.to_dict(),
    "leaving": [int(labels.rows["y"].to_numpy().sum()), int(rates.sum().sum())],
    "learned_until": str(outcome.horizon.after(data.as_of[teach].max().item())),
    "tested_from": str(data.as_of[test].min()),
    "features": len(catalog.names),
    "ranked": len(ranking),
    "same_before_the_fault": bool((healthy[before] == faulty[before]).all()),
    "found": faulty_ranking.feature[0],
    "found_index": faulty_ranking.psi[0],
    "healthy_index": float(healthy[faulty_ranking.feature[0]].max()),
    "top_healthy_index": float(ranking.psi[0]),
    "culprits": culprits.to_dict(),
}))
""",
    "effect_and_no_effect": """
import json
print(json.dumps({
    "learners": [found.learner for found in learned.values()],
    "differs": gains["effects differ"],
    "close": close,
}))
""",
    "retrain_and_compare": """
import json
print(json.dumps({
    "same_rows": set(both.as_of) <= set(days),
    "learned_until": str(max(champion.card.trained_as_of)),
    "compared_from": str(min(days)),
    "promoted": promoted,
    "after": after,
    "how": how,
    "closed": [each.gate for each in results if not each.passed],
}))
""",
    "understand_a_customer": """
import json
print(json.dumps({
    "summed": summed,
    "log_odds": told.log_odds,
    "before": before,
    "after": after,
    "rises": bool((np.diff(curves, axis=1) >= 0).all()),
}))
""",
}


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """Runs a notebook, once, and gives its own cells and what was asked of its variables."""

    @cache
    def run(path):
        notebook = nbformat.read(path, as_version=4)
        asked = ASKED.get(path.stem, "print('{}')")
        notebook.cells.append(nbformat.v4.new_code_cell(asked))
        resources = {"metadata": {"path": str(tmp_path_factory.mktemp(path.stem))}}
        with pytest.MonkeyPatch.context() as environment:
            environment.delenv("GOODCALL_BANK", raising=False)
            NotebookClient(notebook, timeout=300, resources=resources).execute()
        *cells, answer = notebook.cells
        return cells, json.loads(answer["outputs"][0]["text"])

    return run


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_notebook_runs(path, executed):
    """Every cell runs, and the last one shows something."""
    cells, _ = executed(path)
    assert cells[-1]["outputs"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_second_build_writes_nothing(executed):
    """A year is built once, and any tool reads from the folder what was built."""
    _, facts = executed(FEATURE_STORE)
    assert facts["first_build"] == facts["dates"] == facts["unchanged"]
    assert len(facts["dates"]) == 12
    assert facts["second_build"] == []
    assert facts["rows_read"] == facts["rows"] > 0


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_hand_check_finds_a_late_row_unseen(executed):
    """The feature counts what was known, one less than what had happened."""
    _, facts = executed(FEATURE_STORE)
    assert facts["value"] == facts["known"] == facts["happened"] - 1
    assert facts["merges"]["large_payments_90d"]
    assert not facts["merges"]["open_cases"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_no_outcome_that_teaches_is_known_after_the_test_begins(executed):
    """The last teaching date's horizon ends by the first date tested; the split loses nobody."""
    _, facts = executed(FEATURE_STORE)
    assert facts["learned_until"] <= facts["tested_from"]
    leaving, in_the_split = facts["leaving"]
    assert leaving == in_the_split > 0


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_planted_fault_is_found_first(executed):
    """The ten features furthest away all read the column at fault, and none had moved before."""
    _, facts = executed(FEATURE_STORE)
    assert facts["ranked"] == facts["features"]
    assert facts["same_before_the_fault"]
    assert facts["culprits"].pop("transactions.amount_cents") == 10
    assert max(facts["culprits"].values(), default=0) < 10
    assert facts["healthy_index"] < 0.25 < facts["top_healthy_index"] < 1 < facts["found_index"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_pictures_are_shown(executed):
    """A picture without the fault, and one with it."""
    cells, _ = executed(FEATURE_STORE)
    shown = [output for cell in cells for output in cell.get("outputs", [])]
    assert sum("image/png" in output.get("data", {}) for output in shown) == 2


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_effect_is_found_where_there_is_one_only(executed):
    """Where customers are moved in their own ways it is learned; elsewhere there is no signal."""
    _, facts = executed(EFFECT)
    found, nothing = facts["learners"]
    assert nothing == "no signal" != found
    gains = facts["differs"]
    assert gains["likeliest buyers"] < gains["learned effect"] <= gains["true effect"]
    assert facts["close"]["effects do not differ"] < 0.02


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_versions_are_compared_on_dates_that_neither_knew(executed):
    """A horizon lies between all that the champion learned from and the rows compared."""
    _, facts = executed(RETRAIN)
    assert facts["same_rows"]
    assert facts["learned_until"] < facts["compared_from"]
    assert facts["how"] == ("by a person" if facts["closed"] else "by the gates")
    assert (facts["promoted"], facts["after"]) == (2, 1)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_reasons_add_up_and_removing_one_tells(executed):
    """Concepts and starting point are the log-odds; without the strongest the score falls."""
    _, facts = executed(UNDERSTAND)
    assert facts["summed"] == pytest.approx(facts["log_odds"])
    assert facts["after"] < facts["before"]
    assert facts["rises"]


def test_there_are_notebooks_and_they_hold_no_output():
    """What is committed is the text of a notebook, not what it once printed."""
    assert NOTEBOOKS
    for path in NOTEBOOKS:
        cells = nbformat.read(path, as_version=4).cells
        assert not [cell for cell in cells if cell.get("outputs")]
