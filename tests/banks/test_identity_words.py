"""The forms in which names, numbers and addresses are compared."""

import doctest

import pytest
from records import a_resident_id

from banks.identity import words as identity_words
from banks.identity.words import document_form, email_form, name_form, phone_form


def test_the_examples_in_the_words_hold():
    """Every doctest of the module is true."""
    assert doctest.testmod(identity_words).failed == 0


@pytest.mark.parametrize(
    ("kind", "number", "form"),
    [
        # The examples that GB 11643-1999 and GB 32100-2015 give themselves.
        ("resident_id", "11010519491231002X", "11010519491231002X"),
        ("resident_id", "440524188001010014", "440524188001010014"),
        ("resident_id", "110105194912310021", None),
        ("resident_id", "110105491231002", "11010519491231002X"),
        ("resident_id", "11010519491331002X", None),
        ("resident_id", "1101051949", None),
        ("business_licence", "91350100M000100Y43", "91350100M000100Y43"),
        ("business_licence", "91350100M000100Y44", None),
        ("passport", " e-123 456 78", "E12345678"),
        ("passport", "00000000", None),
        ("passport", "E1", None),
    ],
)
def test_a_document_number_has_one_form_or_none(kind, number, form):
    """What cannot be a number of its type is compared with nothing."""
    assert document_form(kind, number) == form


def test_a_resident_id_with_an_impossible_birth_date_is_none():
    """Its check sign fits and the 30 February does not."""
    digits = "11010119900230001"
    weights = [2 ** (17 - n) % 11 for n in range(17)]
    rest = sum(w * int(d) for w, d in zip(weights, digits, strict=True)) % 11
    assert document_form("resident_id", digits + "10X98765432"[rest]) is None
    assert document_form("resident_id", a_resident_id()) == a_resident_id()


@pytest.mark.parametrize(
    ("phone", "form"),
    [
        ("138 0013 8000", "13800138000"),
        ("0086 13800138000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("+420 601 123 456", "420601123456"),
        ("12345", None),
        ("00000000000", None),
        ("none", None),
    ],
)
def test_a_phone_number_has_one_form_or_none(phone, form):
    """Prefixes of mainland China, spaces and signs do not count; a stopgap is no number."""
    assert phone_form(phone) == form


def test_names_and_addresses_have_one_form():
    """Middle dots, brackets and titles of width go; what is no address is none."""
    assert (
        name_form("阿依古丽·买买提")
        == name_form("阿依古丽 买买提")
        == name_form("阿依古丽．买买提")
    )
    assert name_form("Łukasz Żółć") == name_form("LUKASZ ZOLC") == ("words", ("lukasz", "zolc"))
    assert name_form("  ") == ("words", ())
    assert email_form("A.B@Example.com") == "a.b@example.com"
    assert [email_form(bad) for bad in ("a@b", "a@b@c.d", "@c.d", "")] == [None] * 4
