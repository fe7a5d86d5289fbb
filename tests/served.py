"""What the service's tests build: a small real bank, trained champions, a running application."""

import hashlib
import hmac
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import httpx
import numpy as np
from asked_by import GOOD, a_gate
from builders import EARLY, a_bank, a_customer

from benchmarks.running import running
from features.asof import Computed
from features.catalog import CATALOG
from features.online_publish import publish
from features.profiles import profiles
from goodcall.calendar import start_of_day
from goodcall.language import Text
from models.blend import Blend
from models.boosted import Boosted
from models.booster import fit_booster
from models.card import Card
from models.champion import Champion, crown
from models.matrix import matrix_of
from models.model import save_model, sealed_model
from serving.api import build_api
from serving.office import open_office
from serving.terms import Terms

DAY = date(2026, 6, 1)
NOW = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)  # a Monday, 14:00 in Shanghai
KEY = b"a secret of the test bank"
CUSTOMERS = range(1, 121)
LABELS = ("buys:credit_card", "buys:deposit", "buys:fund", "churn")
WITHOUT_CONSENT = 2


def draw(customer_id, key=KEY):
    """The keyed hash of a customer without a household, as a number in [0, 1)."""
    digest = hmac.new(key, f"customer:{customer_id}".encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def held_out(customer_id):
    """Whether a customer is in the tenth that is left alone."""
    return draw(customer_id) < 0.10


def make_bank(path):
    """120 customers, the higher number the richer, with phones, consents and four offers."""
    known = {"happened_at": EARLY, "known_at": EARLY}
    midnight = start_of_day(DAY, "Asia/Shanghai")
    product = known | {"investment": False, "code": "x"}
    offer = known | {"kinds": "retail", "margin_cents": 9_000_000}
    named = {"name_en": "an offer", "name_zh": "一个产品"}
    return a_bank(
        path,
        customers=[
            a_customer(n, name=f"Zhang Number{n}", manager_id=7, branch_id=1) for n in CUSTOMERS
        ],
        contact_points=[
            known
            | {"point_id": n, "customer_id": n, "channel": "phone", "valid": True}
            | {"value": f"1390000{n:04d}"}
            for n in CUSTOMERS
        ],
        consents=[
            known
            | {"consent_id": n, "customer_id": n, "action": "grant", "channel": "phone"}
            | {"evidence_source": "branch", "text_version": "v1"}
            for n in CUSTOMERS
            if n != WITHOUT_CONSENT
        ],
        assessments=[
            known
            | {"assessment_id": n, "customer_id": n, "tolerance": "C2"}
            | {"expires_on": date(2027, 1, 1)}
            for n in CUSTOMERS
        ],
        balances=[
            {"account_id": n, "customer_id": n, "family": "deposit", "period_days": 20}
            | {"balance_cents": n * 20_000_000, "happened_at": midnight - timedelta(days=days)}
            | {"known_at": midnight - timedelta(days=days - 21)}
            for n in CUSTOMERS
            for days in (63, 43, 23)
        ],
        events=[known | {"event_id": 1, "customer_id": 1, "kind": "login"}],
        products=[
            product | named | {"product_id": 1, "family": "deposit"},
            product
            | named
            | {"product_id": 2, "family": "fund", "investment": True, "issuer_risk": "R4"},
            product | named | {"product_id": 3, "family": "credit_card"},
            product | named | {"product_id": 4, "family": "mortgage"},
        ],
        offers=[
            offer | named | {"offer_code": "D1", "product_id": 1},
            offer | named | {"offer_code": "F1", "product_id": 2},
            offer | named | {"offer_code": "C1", "product_id": 3, "margin_cents": 0},
            offer | named | {"offer_code": "M1", "product_id": 4},
        ],
    )


def a_model(features, label, *, seed=1, trained=date(2026, 5, 1)):
    """A booster that learned that the poorer, with some luck, do what the label says."""
    names = CATALOG.names
    matrix = matrix_of(features, names)
    luck = np.random.default_rng(seed).normal(0, 20, len(matrix))
    y = (np.arange(len(matrix)) + luck < 50).astype(np.int8)
    params = {"objective": "binary", "num_leaves": 4, "min_data_in_leaf": 10, "seed": seed}
    card = Card(
        label=label,
        meaning=Text(f"what {label} means", f"{label}的含义"),
        labels=(label,),
        unit="probability",
        kind="blend",
        features=names,
        fingerprint=CATALOG.fingerprint,
        trained_as_of=(trained,),
        tested_as_of=(),
        rows=len(y),
        positives=int(y.sum()),
        measured=Text("not measured", "未评估"),
        metrics={},
        baseline={},
        over_baseline=None,
        excluded={},
        limits=(),
        params=params,
        created=NOW,
    )
    return sealed_model(card, Blend(Boosted(fit_booster(matrix, y, names, params, 40))))


def promote(workspace, model, version=1, *, spoil=None):
    """Save a model, spoil its folder where asked, and make it the champion of its label."""
    folder = f"{model.card.label.replace(':', '_')}/{version}"
    save_model(model, workspace.models / folder)
    if spoil:
        spoil(workspace.models / folder)
    hashed = model.card.content_hash
    crown(workspace.models, Champion(model.card.label, model.labels, version, folder, hashed, NOW))


def publish_day(workspace, bank, computed, *, catalog=CATALOG):
    """Put one day's features, with their states, and profiles into the online store."""
    url, people = workspace.online_url, profiles(bank, DAY)
    publish(url, computed, people, bank=bank, as_of=DAY, catalog=catalog, now=NOW)


def only(computed, count, names=CATALOG.names):
    """The first customers of what was computed, and some of its features."""
    features = computed.features.select(["customer_id", "as_of", *names]).slice(0, count)
    states = {m: tuple(part[:count] for part in parts) for m, parts in computed.states.items()}
    return Computed(features, states)


@contextmanager
def talking_to(
    workspace, *, now=NOW, packed=None, terms=None, gate=None, around=None, sign_on=None
):
    """A client of the service over a workspace, at a fixed moment; yields client and desk.

    It holds an app's key, unless another gate is given; people may sign in through `sign_on`.
    """
    rng = np.random.default_rng(1)
    app = build_api(
        lambda: open_office(
            workspace,
            packed,
            terms or Terms(),
            gate=gate or a_gate(now=now),
            rng=rng,
            sign_on=sign_on,
        ),
        lambda: now,
        look_every=0.1,
        around=around,
    )
    with running(app) as base:
        proof = {"authorization": f"Bearer {GOOD}"}
        with httpx.Client(base_url=base, headers=proof, timeout=30) as client:
            yield client, app.state.office.desk
