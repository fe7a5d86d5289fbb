"""Pictures of what moves scores: by concept, in both languages, the same each time."""

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from goodcall.language import Text
from training.evaluation.explained import Asked, explain

CONCEPTS = ("assets", "logins", "salary", "mood")
FEATURES = ("assets_1", "assets_2", "logins_1", "salary_1", "mood_1")


class Phrases:
    """Features are named after their concept."""

    def concept_of(self, feature):
        return feature.split("_")[0]

    def say(self, feature, value):
        return Text(f"{feature} {value}", f"{feature}{value}")


def some_shares():
    """Contributions whose concepts move scores by .5, .3, .2 and nothing, and their rows."""
    rng = np.random.default_rng(4)
    side = rng.choice([-1.0, 1.0], (80, 1))
    shares = side * np.array([0.4, 0.1, -0.3, 0.2, 0.0])
    rows = rng.normal(size=shares.shape)
    rows[::5] = np.nan
    return shares, rows


def some_moves():
    """What each concept adds to eighty rows of forty customers."""
    shares, rows = some_shares()
    asked = Asked(rows, np.arange(80) // 2, lambda given: given.sum(axis=1), shares, shares)
    return explain([asked], SimpleNamespace(matrix=rows, features=FEATURES), Phrases(), seed=1)


@pytest.fixture(scope="module")
def figures():
    from training.reporting.importance import importance_figures  # noqa: PLC0415 - slow to import

    return {language: importance_figures(some_moves(), language) for language in ("en", "zh")}


def words(svg):
    """The words of a picture from the top; a label that is drawn twice stands once."""
    found = re.findall(r'<text[^>]* y="([\d.]+)"[^>]*>([^<]*)</text>', svg)
    return list(dict.fromkeys(word for _, word in sorted(found, key=lambda pair: float(pair[0]))))


def test_concepts_stand_in_the_order_of_how_far_they_move_scores(figures):
    """The bars say the mean move of each concept, summed over its features, greatest first."""
    said = words(figures["en"]["concepts"])
    assert [word for word in said if word in CONCEPTS] == ["assets", "logins", "salary", "mood"]
    assert [word for word in said if word.startswith("+")] == ["+0.5", "+0.3", "+0.2", "+0"]
    swarm = [word for word in words(figures["en"]["customers"]) if word in CONCEPTS]
    assert swarm == ["assets", "logins", "salary", "mood"]


def test_pictures_speak_the_readers_language(figures):
    """A Chinese picture has Chinese words only, an English one English."""
    chinese = "".join("".join(words(svg)) for svg in figures["zh"].values())
    assert "资产规模" in chinese
    assert not re.search("[A-Za-z]", chinese)
    english = "".join("".join(words(svg)) for svg in figures["en"].values())
    assert english.isascii() or not re.search("[一-鿿]", english)


def test_equal_contributions_give_equal_pictures(figures):
    """Drawing again gives the same bytes, and leaves numpy's own randomness as it was."""
    from training.reporting.importance import importance_figures  # noqa: PLC0415 - slow to import

    np.random.seed(9)  # noqa: NPY002 - the state that must be left alone
    again = importance_figures(some_moves(), "en")
    assert again == figures["en"]
    drawn = np.random.random()  # noqa: NPY002 - as above
    np.random.seed(9)  # noqa: NPY002 - as above
    assert drawn == np.random.random()  # noqa: NPY002 - as above


def test_money_is_shown_in_whole_units():
    """A model in cents has moves a hundredth as large, at the same places."""
    from training.reporting.importance import importance_figures  # noqa: PLC0415 - slow to import

    told = some_moves()
    cents = replace(told, moves=100 * told.moves)
    plain, money = importance_figures(told, "en"), importance_figures(cents, "en", money=True)
    assert words(plain["concepts"]) == words(money["concepts"])


def test_every_bar_has_its_interval():
    """A whisker reaches as far as redrawn customers differ, and none where all are the same."""
    from training.reporting.importance import importance_figures  # noqa: PLC0415 - slow to import

    told = some_moves()
    spread = np.linspace(0.2, 1.8, 80)[:, None]
    wide = importance_figures(replace(told, moves=told.moves * spread), "en")["concepts"]
    assert whiskers(importance_figures(told, "en")["concepts"]) == pytest.approx([0] * 4, abs=0.1)
    lengths = whiskers(wide)
    assert lengths[0] > lengths[1] > lengths[2] > 5
    assert lengths[3] == pytest.approx(0, abs=0.1)


def whiskers(svg):
    """The lengths of the intervals drawn over the bars, the uppermost first."""
    lines = re.findall(
        r'd="M ([\d.]+) ([\d.]+) \s*L ([\d.]+) \2 \s*" [^>]*style="[^"]*stroke: #222222', svg
    )
    return [float(right) - float(left) for left, _, right in lines]
