"""The champions' file: what the service reads and watches."""

import json

import pytest
from learned import FINGERPRINT, NAMES, NOW, a_model

from models import (
    BrokenModel,
    Champion,
    NoChampion,
    WrongFeatures,
    load_champions,
    read_champions,
    save_model,
    stamp,
)
from models.champion import crown


def crowned(folder, model, *, label="churn", version=1):
    save_model(model, folder / label / str(version))
    champion = Champion(
        label, model.labels, version, f"{label}/{version}", model.card.content_hash, NOW
    )
    crown(folder, champion)
    return champion


def test_a_champion_is_loaded_as_it_was_crowned(tmp_path):
    """The file names version, folder, hash and time; the model is the promoted one."""
    champion, model = crowned(tmp_path, a_model()), a_model()
    assert read_champions(tmp_path) == {"churn": champion}
    assert load_champions(tmp_path, FINGERPRINT, NAMES)["churn"].version == model.version


def test_each_label_has_its_own_champion(tmp_path):
    """Crowning one label leaves the others; crowning it again replaces it."""
    crowned(tmp_path, a_model())
    crowned(tmp_path, a_model(label="buys:fund"), label="buys-fund")
    later = crowned(tmp_path, a_model(seed=8), version=2)
    assert set(read_champions(tmp_path)) == {"churn", "buys-fund"}
    assert read_champions(tmp_path)["churn"] == later


def test_a_model_of_several_labels_stands_under_each(tmp_path):
    """One model speaks for all its labels, and another unit's models are not among them."""
    several = a_model(label="next", labels=("buys:card", "buys:fund"))
    cents = a_model(label="growth", labels=("growth",), unit="cents")
    crowned(tmp_path, several)
    crowned(tmp_path, cents, label="growth")
    loaded = load_champions(tmp_path, FINGERPRINT, NAMES)
    assert list(loaded) == ["buys:card", "buys:fund"]
    assert loaded["buys:card"] is loaded["buys:fund"]
    assert list(load_champions(tmp_path, FINGERPRINT, NAMES, ("cents",))) == ["growth"]


def test_a_label_has_one_voice(tmp_path):
    """Who spoke for a label before gives way to the model that is crowned for it."""
    crowned(tmp_path, a_model(label="buys:fund"), label="buys-fund")
    crowned(tmp_path, a_model(), label="churn")
    crowned(tmp_path, a_model(label="next", labels=("buys:card", "buys:fund")), label="next")
    assert set(read_champions(tmp_path)) == {"churn", "next"}
    crowned(tmp_path, a_model(label="buys:fund"), label="buys-fund")
    assert set(read_champions(tmp_path)) == {"churn", "buys-fund"}


def test_the_stamp_changes_with_the_champion(tmp_path):
    """A watcher sees every crowning, the first one too, and nothing between."""
    stamps = [stamp(tmp_path)]
    for version in (1, 2):
        crowned(tmp_path, a_model(), version=version)
        stamps += [stamp(tmp_path)]
        assert stamp(tmp_path) == stamps[-1]
    assert len(set(stamps)) == 3


def test_without_a_champion_one_learns_what_to_run(tmp_path):
    """An empty workspace names the command that fills it."""
    assert read_champions(tmp_path) == {}
    with pytest.raises(NoChampion, match="goodcall train"):
        load_champions(tmp_path, FINGERPRINT, NAMES)


def test_a_champion_of_another_catalogue_is_refused(tmp_path):
    """Code whose features changed does not serve an old model."""
    crowned(tmp_path, a_model())
    with pytest.raises(WrongFeatures, match="ffff"):
        load_champions(tmp_path, "ffff", NAMES)


def test_a_champion_that_reads_an_undeclared_column_is_refused(tmp_path):
    """The catalogue must declare every column of a model; one that it does not is named."""
    crowned(tmp_path, a_model())
    with pytest.raises(WrongFeatures, match="reads noise, which the catalogue does not declare"):
        load_champions(tmp_path, FINGERPRINT, NAMES[:-1])


def test_a_folder_swapped_after_promotion_is_refused(tmp_path):
    """The model in the folder must be the very one that was promoted."""
    crowned(tmp_path, a_model())
    save_model(a_model(seed=8), tmp_path / "churn" / "1")
    with pytest.raises(BrokenModel, match="promote version 1 of 'churn' again"):
        load_champions(tmp_path, FINGERPRINT, NAMES)


@pytest.mark.parametrize("text", ["", "[]", '{"churn": {"version": 1}}', json.dumps({"churn": 3})])
def test_a_file_that_is_no_champions_file_is_refused(tmp_path, text):
    """A half-edited file is named, not guessed at."""
    (tmp_path / "champions.json").write_text(text)
    with pytest.raises(BrokenModel, match="does not read as champions"):
        read_champions(tmp_path)
