"""Flat files: read as their configuration says, or refused with the line and the remedy."""

import gzip
import os
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from training.errors import BadFlatSpec, BadTrainingSet, ForbiddenColumn, MissingColumn, OneClass
from training.flat.flat import read_flat
from training.flat.spec import parse_flat_spec, read_flat_spec
from training.split import Latest, RandomFolds, Rolling

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("GOODCALL_PUBLIC_DATA", ROOT.parent / "shared" / "data"))
PUBLIC = {
    "bank-marketing": ("bank_marketing/bank-additional-full.csv.gz", 41_188, 4_640),
    "berka-balance": ("berka/derived_by_others/features.csv.gz", 4_057, 406),
    "churn-modelling": ("churn_modelling/Churn_Modelling.csv.gz", 10_000, 2_037),
    "telco": ("telco_churn/Telco-Customer-Churn.csv.gz", 7_043, 1_869),
}

SPEC = """
name = "buys"
separator = ";"
horizon_days = 30

[meaning]
en = "buys"
zh = "购买"

[outcome]
column = "answer"
positive = ["yes", "maybe"]

[time]
months = "month"
from_year = 2008

[columns]
customer = "code"
known_after = ["seconds"]
left_out = ["name"]

[features]
number = ["age", "amount"]
category = ["job", "home"]
flag = ["card"]

[features.ordinal]
school = ["none", "basic", "high"]

[features.ratio]
amount_a_year = ["amount", "age"]

[missing]
age = ["999"]
job = ["unknown"]
school = ["?"]

[[split]]
name = "lot"
kind = "random"
folds = 3

[[split]]
name = "roll"
kind = "rolling"
every = 2
share = 0.4

[[split]]
name = "last"
kind = "latest"
share = 0.2
"""
ROWS = """code;month;age;amount;job;home;card;school;seconds;name;answer
b;nov;30;60;clerk;own;yes;high;7;X;yes
a;nov;999;10;unknown;rent;no;?;3;Y;no
c;dec;0;5;farmer;own;No; basic;1;Z;
d;jan;40;;clerk;rent;1;none;2;W;maybe
e;apr;20;-4;cook;own;0;high;9;V;no
"""


def a_file(path, text=ROWS):
    file = path / "rows.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_every_column_becomes_what_it_is_declared_to_be(tmp_path):
    """Numbers, flags and orders are numbers, a category is a column a word, unknown is a gap."""
    flat = read_flat(a_file(tmp_path), parse_flat_spec(SPEC, "it"))
    data, gap = flat.data, np.nan
    want = {
        "age": [30, gap, 40, 20],
        "amount": [60, 10, gap, -4],
        "job=clerk": [1, 0, 1, 0],
        "job=cook": [0, 0, 0, 1],
        "home=rent": [0, 1, 1, 0],
        "card": [1, 0, 1, 0],
        "school": [2, gap, 0, 2],
        "amount_a_year": [2, gap, gap, -0.2],
    }
    assert data.features == tuple(want)
    np.testing.assert_array_equal(data.matrix, np.array(list(want.values()), float).T)
    assert data.y.tolist() == [1, 0, 1, 0]
    assert data.customer_id.tolist() == [2, 1, 3, 4]
    assert data.excluded == {"no outcome": 1}
    assert data.definition.name == "buys"


def test_months_run_on_over_the_turn_of_a_year(tmp_path):
    """A month before the last row's belongs to the next year, also past a row left out."""
    data = read_flat(a_file(tmp_path), parse_flat_spec(SPEC, "it")).data
    days = [date(2008, 11, 1), date(2008, 11, 1), date(2009, 1, 1), date(2009, 4, 1)]
    assert data.as_of.tolist() == days


def test_the_files_own_words_stay_at_hand(tmp_path):
    """A column that is no feature is given as text, beside the rows that have an outcome."""
    flat = read_flat(a_file(tmp_path), parse_flat_spec(SPEC, "it"))
    assert flat.column("seconds").tolist() == ["7", "3", "2", "9"]
    with pytest.raises(MissingColumn, match="no column 'second'; it has: code, month"):
        flat.column("second")


def test_a_zipped_file_is_the_same_file(tmp_path):
    """What ends in .gz is unpacked."""
    plain = read_flat(a_file(tmp_path), parse_flat_spec(SPEC, "it")).data
    packed = tmp_path / "rows.csv.gz"
    packed.write_bytes(gzip.compress(ROWS.encode()))
    again = read_flat(packed, parse_flat_spec(SPEC, "it")).data
    np.testing.assert_array_equal(again.matrix, plain.matrix)


def test_a_file_without_dates_enters_in_its_order(tmp_path):
    """Rows keep the file's order, under one date and numbered from one."""
    text = SPEC.replace('months = "month"\nfrom_year = 2008', "day = 2020-02-03")
    text = text.replace('customer = "code"\n', "").replace('["name"]', '["name", "code", "month"]')
    data = read_flat(a_file(tmp_path), parse_flat_spec(text, "it")).data
    assert data.customer_id.tolist() == [1, 2, 3, 4]
    assert set(data.as_of.tolist()) == {date(2020, 2, 3)}


def test_dates_of_a_column_are_read(tmp_path):
    """Dates written as dates stand as they are."""
    text = SPEC.replace('months = "month"\nfrom_year = 2008', 'column = "month"')
    dated = ROWS
    for word, day in (("nov", "2020-11-05"), ("dec", "2020-12-01"), ("jan", "2021-01-31")):
        dated = dated.replace(f";{word};", f";{day};")
    file = a_file(tmp_path, dated.replace(";apr;", ";2021-04-30;"))
    data = read_flat(file, parse_flat_spec(text, "it")).data
    assert data.as_of.tolist()[2:] == [date(2021, 1, 31), date(2021, 4, 30)]
    with pytest.raises(BadTrainingSet, match="'month' is not all dates"):
        read_flat(a_file(tmp_path), parse_flat_spec(text, "it"))


def test_splits_are_declared():
    """The configuration names how models of the file are measured."""
    splits = parse_flat_spec(SPEC, "it").splits
    assert splits == {"lot": RandomFolds(3), "roll": Rolling(2, 0.4), "last": Latest(0.2)}


def test_a_feature_read_in_another_way_has_another_fingerprint():
    """The fingerprint changes with a feature's kind and its missing words, not with a split."""
    plain = parse_flat_spec(SPEC, "it").fingerprint
    assert parse_flat_spec(SPEC.replace("folds = 3", "folds = 4"), "it").fingerprint == plain
    assert parse_flat_spec(SPEC.replace('["999"]', '["998"]'), "it").fingerprint != plain
    moved = SPEC.replace('["age", "amount"]', '["age", "amount", "seconds"]')
    moved = moved.replace('known_after = ["seconds"]\n', "")
    assert parse_flat_spec(moved, "it").fingerprint != plain


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ('"amount"]\ncat', '"amount", "seconds"]\ncat', ForbiddenColumn, "'seconds' is only known"),
        ('"amount"]\ncat', '"amount", "answer"]\ncat', ForbiddenColumn, "'answer' is only known"),
        ('"amount"]\ncat', '"amount", "Duration"]\ncat', ForbiddenColumn, "what came after as_of"),
        ('["card"]', '["card", "Gender"]', ForbiddenColumn, "'Gender' must never enter a model"),
        ('["card"]', '["card", "age"]', BadFlatSpec, r"line 23 \[features\]: 'age' stands twice"),
        ('kind = "latest"', 'kind = "late"', BadFlatSpec, "kind 'late' is unknown; choose one of"),
        ('name = "last"', 'name = "lot"', BadFlatSpec, "split 'lot' stands twice"),
        ("folds = 3", "folds = 1", BadFlatSpec, "folds is 1; write a whole number of 2 or more"),
        ("folds = 3", "fold = 3", BadFlatSpec, "folds is missing"),
        ("from_year = 2008", "", BadFlatSpec, "months and from_year belong together"),
        ("from_year = 2008", "day = 2020-01-01", BadFlatSpec, "several of column, months and day"),
        ('separator = ";"', 'separator = ":"', BadFlatSpec, "separator ':' is unknown"),
        ('["amount", "age"]', '["amount"]', BadFlatSpec, "ratio 'amount_a_year' of 1 columns"),
        ('["amount", "age"]', '["amount", "job"]', BadFlatSpec, "'job', which is unknown; known:"),
        ('zh = "购买"', "", BadFlatSpec, r"line 6 \[meaning\]: zh is missing"),
        ("[outcome]", "[outcome]\nwhen = 1", BadFlatSpec, "key 'when' is unknown here"),
        ("[outcome]", "[out", BadFlatSpec, "does not read as TOML"),
    ],
)
def test_a_configuration_that_cannot_be_meant_is_refused(old, new, error, message):
    """The mistake is named, with its line where it stands in one, and what may stand there."""
    assert old in SPEC
    with pytest.raises(error, match=message):
        parse_flat_spec(SPEC.replace(old, new, 1), "it")


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ("code;month", "id;month", MissingColumn, "lacks code; it has: id, month"),
        (";answer", ";answer;more", BadTrainingSet, "does not read as a table"),
        ("name;answer\n", "name;answer\nb;x\n", BadTrainingSet, "does not read as a table"),
        ("b;nov;30", "b;nov;old", BadTrainingSet, "'age' is not all numbers"),
        ("own;yes", "own;perhaps", BadTrainingSet, "'card' holds perhaps; known: 0, 1"),
        ("no;?;", "no;??;", BadTrainingSet, r"'school' holds \?\?; known: basic, high, none"),
        ("b;nov", "b;lune", BadTrainingSet, "'lun' is no month"),
    ],
)
def test_a_file_that_is_not_what_was_declared_is_refused(tmp_path, old, new, error, message):
    """The column and the word that do not fit are named."""
    assert old in ROWS
    with pytest.raises(error, match=message):
        read_flat(a_file(tmp_path, ROWS.replace(old, new, 1)), parse_flat_spec(SPEC, "it"))


def test_an_undeclared_column_is_refused(tmp_path):
    """Nothing in a file is passed over in silence."""
    text = SPEC.replace('left_out = ["name"]\n', "")
    with pytest.raises(BadTrainingSet, match="has name, of which the configuration says nothing"):
        read_flat(a_file(tmp_path), parse_flat_spec(text, "it"))


@pytest.mark.parametrize(
    ("positive", "message"),
    [('["sometimes"]', "outcome 0: 'answer'"), ('["yes", "no", "maybe"]', "outcome 1: 'answer'")],
)
def test_an_outcome_of_one_kind_is_refused(tmp_path, positive, message):
    """Rows that all came to the same teach nothing."""
    text = SPEC.replace('["yes", "maybe"]', positive)
    with pytest.raises(OneClass, match=message):
        read_flat(a_file(tmp_path), parse_flat_spec(text, "it"))


def test_an_empty_column_is_refused(tmp_path):
    """A feature of which nothing at all is known, or no outcome at all, is named."""
    text = SPEC.replace('["999"]', '["999", "30", "0", "40", "20"]')
    with pytest.raises(MissingColumn, match="nothing at all is known in 'age'"):
        read_flat(a_file(tmp_path), parse_flat_spec(text, "it"))
    nothing = ROWS
    for word in (";yes\n", ";no\n", ";maybe\n"):
        nothing = nothing.replace(word, ";\n")
    with pytest.raises(MissingColumn, match="the outcome 'answer' is empty in every row"):
        read_flat(a_file(tmp_path, nothing), parse_flat_spec(SPEC, "it"))


def test_a_configuration_that_is_not_there_is_named(tmp_path):
    """The file that cannot be read is named with the reason."""
    with pytest.raises(BadFlatSpec, match=r"none\.toml cannot be read"):
        read_flat_spec(tmp_path / "none.toml")


@pytest.mark.parametrize("name", PUBLIC)
def test_the_shipped_configurations_read_their_files(name):
    """Rows and positives are the published ones, and nothing forbidden is among the features."""
    file, rows, positives = PUBLIC[name]
    if not (DATA / file).exists():
        pytest.skip(f"{DATA} has no {file}; set GOODCALL_PUBLIC_DATA to the public data sets")
    spec = read_flat_spec(ROOT / "banks" / "settings" / f"{name}-flat.toml")
    data = read_flat(DATA / file, spec).data
    assert (len(data.y), data.positives) == (rows, positives)
    assert not {"duration", "gender"} & {each.split("=")[0].lower() for each in data.features}
