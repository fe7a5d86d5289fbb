"""The vault: what is sealed opens for its own row alone, under any key that the ring still has."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from hypothesis import given
from hypothesis import strategies as st

from goodcall import Workspace
from governance import (
    BrokenSeal,
    LostKey,
    WeakSecret,
    open_vault,
    read_key,
    vault_of,
    write_new_key,
)
from governance.keyring import read_keyring
from governance.master import DEMO_KEY, master_key

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MASTER = hashlib.sha256(b"a master key of these tests").digest()
OTHER = hashlib.sha256(b"another master key").digest()
PLACE = ("online_profiles", "name", 7)


@pytest.fixture
def vault(tmp_path):
    return open_vault(tmp_path / "vault.json", MASTER, NOW)


def secrets_by_hand(path, master):
    """Every key of a keyring's file, unwrapped by the cipher itself."""
    found = {}
    for key in json.loads(path.read_text())["keys"]:
        (wrap,) = key["wraps"].values()
        raw = base64.b64decode(wrap)
        bound = f"goodcall key|{key['id']}|{key['use']}".encode()
        found[key["id"]] = AESGCMSIV(master).decrypt(raw[:12], raw[12:], bound)
    return found


def test_a_sealed_value_is_what_the_standard_cipher_says(vault):
    """The token's bytes open by AES-256-GCM-SIV under the key in the file, bound to their place."""
    token = vault.seal("王小明", *PLACE)
    mark, key, text = token.split(".")
    raw = base64.urlsafe_b64decode(text)
    secret = secrets_by_hand(vault.path, MASTER)[key]
    assert (mark, len(secret)) == ("gc1", 32)
    opened = AESGCMSIV(secret).decrypt(raw[:12], raw[12:], b"d1|online_profiles|name|7")
    assert opened.decode() == "王小明"


@given(st.text(), st.integers())
def test_whatever_is_sealed_opens_again(tmp_path_factory, value, row):
    """Any text, for any row; two seals of one text differ."""
    vault = open_vault(tmp_path_factory.getbasetemp() / "one-vault.json", MASTER, NOW)
    one, other = (vault.seal(value, "t", "f", row) for _ in range(2))
    assert one != other
    assert vault.open(one, "t", "f", row) == vault.open(other, "t", "f", row) == value


@pytest.mark.parametrize(
    "elsewhere",
    [("online_profiles", "name", 8), ("online_profiles", "value", 7), ("contacts", "name", 7)],
)
def test_a_ciphertext_that_is_moved_does_not_open(vault, elsewhere):
    """Another customer, field or table: the row is not taken for what it was."""
    token = vault.seal("Zhang Wei", *PLACE)
    with pytest.raises(BrokenSeal, match="sealed for another row"):
        vault.open(token, *elsewhere)


def test_every_changed_bit_is_found(vault):
    """Of a token's bytes none can be changed, and none of the wrapped keys."""
    token = vault.seal("Zhang", *PLACE)
    head, text = token.rsplit(".", 1)
    raw = base64.urlsafe_b64decode(text)
    for place in range(len(raw)):
        wrong = bytearray(raw)
        wrong[place] ^= 1
        with pytest.raises(BrokenSeal):
            vault.open(f"{head}.{base64.urlsafe_b64encode(bytes(wrong)).decode()}", *PLACE)
    said = json.loads(vault.path.read_text())
    (name, wrap), *_ = said["keys"][0]["wraps"].items()
    broken = bytearray(base64.b64decode(wrap))
    broken[-1] ^= 1
    said["keys"][0]["wraps"][name] = base64.b64encode(bytes(broken)).decode()
    vault.path.write_text(json.dumps(said))
    with pytest.raises(BrokenSeal, match="key d1"):
        open_vault(vault.path, MASTER)


def test_keys_rotate_while_others_read_and_write(vault):
    """A process that opened the vault before reads what the new key seals, and seals under it."""
    long_running = open_vault(vault.path, MASTER)
    old = vault.seal("before", *PLACE)
    assert vault.renew_data_key(NOW) == "d2"
    new = vault.seal("after", *PLACE)
    assert [long_running.open(t, *PLACE) for t in (old, new)] == ["before", "after"]
    assert long_running.is_current(long_running.seal("mine", *PLACE))
    assert not vault.is_current(old)


def test_a_rotation_that_was_stopped_goes_on_with_the_same_key(vault):
    """Only a settled one is followed by another key; the last but one stays, older ones go."""
    assert [vault.renew_data_key(NOW) for _ in range(2)] == ["d2", "d2"]
    first = vault.seal("x", *PLACE)
    vault.settle()
    assert vault.renew_data_key(NOW) == "d3"
    vault.settle()
    assert [key.id for key in vault.ring.of("data")] == ["d2", "d3"]
    assert vault.open(first, *PLACE) == "x"
    token = first.replace("gc1.d2", "gc1.d1")
    with pytest.raises(LostKey, match="under key d1"):
        vault.open(token, *PLACE)


def test_a_new_master_wraps_the_same_keys(vault):
    """Both masters open the vault until the old one is dismissed; no value is sealed anew."""
    token = vault.seal("kept", *PLACE)
    with pytest.raises(LostKey, match="wrapped by master key"):
        open_vault(vault.path, OTHER)
    vault.admit_master(OTHER)
    mine = open_vault(vault.path, OTHER)
    assert [each.open(token, *PLACE) for each in (vault, mine)] == ["kept", "kept"]
    mine.dismiss_masters()
    with pytest.raises(LostKey):
        open_vault(vault.path, MASTER)
    assert open_vault(vault.path, OTHER).open(token, *PLACE) == "kept"


@pytest.mark.parametrize(
    "written", ["138 0013 8000", "+86-138-0013-8000", "008613800138000", "１３８００１３８０００"]
)
def test_a_number_is_found_however_it_is_written(vault, written):
    """The blind index is HMAC-SHA-256 of one spelling under a key of its own."""
    key = secrets_by_hand(vault.path, MASTER)["t1"]
    expected = hmac.new(key, b"+8613800138000", hashlib.sha256).hexdigest()
    assert vault.phone_index(written) == expected
    assert vault.pseudonym("+8613800138000") != expected


def test_no_two_keys_are_alike_and_none_stands_in_clear(vault):
    """Each use has a key of its own; the file holds neither them nor the master."""
    keys = secrets_by_hand(vault.path, MASTER)
    assert len({*keys.values(), MASTER}) == len(keys) + 1 == 4
    stored = vault.path.read_bytes()
    for secret in (*keys.values(), MASTER):
        for form in (secret, secret.hex().encode(), base64.b64encode(secret)):
            assert form not in stored
    assert vault.path.stat().st_mode & 0o777 == 0o600
    assert MASTER.hex() not in repr(vault)
    assert str(MASTER) not in repr(vault)


WEAK = [
    (b"short", "has 5 bytes where 32 are needed"),
    (b"\0" * 32, "only 1 different bytes"),
    (bytes(range(32)), "counts up or down"),
    (bytes(b * b % 8 for b in range(3, 35)), "different bytes, so it was not drawn at random"),
    (b"correct horse battery staple 123", "is readable text"),
    (DEMO_KEY, "is the demonstration's"),
]


@pytest.mark.parametrize(("key", "said"), WEAK)
@pytest.mark.parametrize("from_file", [False, True])
def test_a_master_that_protects_nothing_is_refused(tmp_path, key, said, from_file):
    """Short, dull, thought-up and well-known keys; the error says what to do and never the key."""
    text = base64.b64encode(key).decode()
    environment = {"GOODCALL_MASTER_KEY": text}
    if from_file:
        file = tmp_path / "master.key"
        file.touch(0o600)
        file.write_text(text)
        environment = {"GOODCALL_MASTER_KEY_FILE": str(file)}
    with pytest.raises(WeakSecret, match=said) as refused:
        master_key(environment, demo=False)
    assert "goodcall vault key" in str(refused.value)
    assert text not in str(refused.value)


def test_the_demonstration_alone_may_do_without_a_key(tmp_path):
    """Elsewhere a missing one is refused; a bank that only calls itself something is elsewhere."""
    place = Workspace(tmp_path)
    with pytest.raises(LostKey, match="no master key"):
        vault_of(place, {})
    place.bank.mkdir()
    (place.bank / "bank.json").write_text(json.dumps({"name": "First Bank"}))
    with pytest.raises(LostKey, match="no master key"):
        vault_of(place, {})
    (place.bank / "bank.json").write_text(json.dumps({"name": "simulated-default"}))
    assert vault_of(place, {}).seal("x", *PLACE).startswith("gc1.d1.")


def test_a_new_key_is_for_its_owner_alone_and_never_written_over(tmp_path):
    """32 bytes are drawn into a file of mode 0600; a file that others may read is refused."""
    file = tmp_path / "master.key"
    write_new_key(file)
    drawn = read_key(file)
    assert len(drawn) == 32
    assert master_key({"GOODCALL_MASTER_KEY_FILE": str(file)}, demo=False) == drawn
    with pytest.raises(WeakSecret, match="exists already"):
        write_new_key(file)
    file.chmod(0o640)
    with pytest.raises(WeakSecret, match="mode 0640"):
        read_key(file)


def test_a_damaged_keyring_is_told_and_never_replaced(vault):
    """New keys over a damaged file would lose every value for good."""
    vault.path.write_text("{")
    with pytest.raises(LostKey, match="do not read"):
        open_vault(vault.path, MASTER)
    assert vault.path.read_text() == "{"


def test_ids_of_keys_are_told_apart(vault):
    """Ids ascend within a use."""
    for _ in range(2):
        vault.renew_data_key(NOW)
        vault.settle()
    ids = [key.id for key in read_keyring(vault.path).of("data")]
    assert all(one < other for one, other in pairwise(ids))


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: [],
        lambda _: {"format": 1},
        lambda ring: ring | {"keys": 3},
        lambda ring: ring | {"keys": ["d1"]},
        lambda ring: ring | {"keys": ring["keys"][:1]},
        lambda ring: ring | {"keys": [ring["keys"][0] | {"id": 1}, *ring["keys"][1:]]},
        lambda ring: ring | {"keys": [ring["keys"][0] | {"id": "d"}, *ring["keys"][1:]]},
        lambda ring: ring | {"keys": [ring["keys"][0] | {"use": "none"}, *ring["keys"][1:]]},
        lambda ring: ring | {"keys": [ring["keys"][0] | {"wraps": ["a"]}, *ring["keys"][1:]]},
        lambda ring: ring | {"keys": [ring["keys"][0] | {"wraps": {"a": 1}}, *ring["keys"][1:]]},
        lambda ring: ring | {"keys": [ring["keys"][0] | {"more": 1}, *ring["keys"][1:]]},
    ],
)
def test_a_keyring_of_another_shape_is_told_and_left_as_it_is(vault, damage):
    """Whatever JSON stands there: restore the file, says the error, and nothing is written."""
    text = json.dumps(damage(json.loads(vault.path.read_text())))
    vault.path.write_text(text)
    with pytest.raises(LostKey, match="restore the file"):
        open_vault(vault.path, MASTER, NOW)
    assert vault.path.read_text() == text


@pytest.mark.parametrize("size", [0, 1, 100, 400])
def test_a_keyring_that_was_cut_is_told_and_left_as_it_is(vault, size):
    """No new keys take the place of those that something is sealed with."""
    text = vault.path.read_bytes()[:size]
    vault.path.write_bytes(text)
    with pytest.raises(LostKey, match="restore the file"):
        open_vault(vault.path, MASTER, NOW)
    assert vault.path.read_bytes() == text
