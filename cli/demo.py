"""`goodcall demo`: the whole path from raw tables to a call list, on a simulated or real bank."""

import resource
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import typer

from banks import import_berka, simulate
from cli import words
from cli.clock import now
from cli.errors import BadOption
from cli.learn import Learned, Round, learn, usual_dates
from cli.lists import print_list, pull_list
from cli.models import interval, print_learned
from cli.night import next_day, plan_night
from cli.options import Home, Json, Lang, Seed, bank_in, parse_day, show, workspace
from cli.plan_words import print_funnel
from cli.planning import Night
from cli.policies import install_policy, policy_of, reproducible_holdout_key
from cli.records import audit_of, ledger_of
from cli.show import Show, Step
from features import Bank
from goodcall import Text, Workspace, format_money
from goodcall.atomic import write_file
from goodcall.language import Language
from governance import AccessStore, NewKey, PartialMasker, load_access
from outreach import Action, Plan, PulledList, Trail, ledger_name
from reports import FunnelReport, funnel_facts, funnel_report
from training import default_labels, parse_labels, promote

_REASON = "a demonstration shows the models that it has just trained"
_SHOWN_LEFT_OUT = 6
_BERKA_DAY = "1994-01-01"
_KEY_A_MINUTE = 600_000


class DemoBank(StrEnum):
    """Banks that the demonstration can be run on."""

    SIMULATED = "simulated"
    BERKA = "berka"


@dataclass(frozen=True)
class Timer:
    """How long each step took, and the most memory the process had held by its end."""

    speak: Show
    steps: list[tuple[Text, float, float]] = field(default_factory=list)

    @contextmanager
    def step(self, name: Text) -> Iterator[Step]:
        """Time a block, with a bar for whoever watches."""
        began = time.perf_counter()
        with self.speak.progress(name) as tell:
            yield tell
        held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        self.steps.append((name, time.perf_counter() - began, held))


@dataclass(frozen=True, slots=True)
class Shown:
    """What a demonstration came to."""

    place: Workspace
    plan: Plan
    learned: Learned
    pulled: PulledList
    funnel: FunnelReport
    left_out: tuple[tuple[str, Action, str], ...]


def demo_command(
    bank: Annotated[DemoBank, typer.Option(help="Which bank.")] = DemoBank.SIMULATED,
    source: Annotated[
        Path | None, typer.Option(help="With --bank berka: the folder of its files.")
    ] = None,
    customers: Annotated[int, typer.Option(help="How many customers to simulate.")] = 3_000,
    months: Annotated[int, typer.Option(help="How many months to simulate.")] = 24,
    seed: Seed = 1,
    home: Home = None,
    lang: Lang = None,
    as_json: Json = False,
) -> None:
    """Run the main job from end to end and print one manager's call list.

    Makes or imports a bank, builds features, trains and registers models, plans the day, and shows
    a list, who was left out and why, and the funnel. The Berka bank gets a workspace of its own,
    `berka` inside the other.
    """
    speak = show(lang, as_json=as_json)
    timer = Timer(speak)
    if bank is DemoBank.BERKA:
        if source is None:
            raise BadOption("--bank berka reads the real files; name their folder with --source")
        shown = _berka(timer, workspace(home), source, seed)
    else:
        place = workspace(home)
        with timer.step(Text("simulate the bank", "模拟银行")) as step:
            simulate(place.bank, customers=customers, months=months, seed=seed, progress=step)
        opened = bank_in(place, place.bank)
        labels = default_labels()
        how = Round(usual_dates(opened, labels), labels, seed, 0, now())
        shown = _run(timer, place, opened, how, next_day(opened).isoformat())
    _print(speak, timer, shown)
    speak.hand_over(_facts(timer, shown))


def _berka(timer: Timer, home: Workspace, source: Path, seed: int) -> Shown:
    place = Workspace(home.root / "berka")
    with timer.step(Text("import the bank", "导入银行数据")):
        import_berka(source, place.bank)
    settings = files("banks") / "settings"
    policy = (settings / "berka-policy.toml").read_text(encoding="utf-8")
    labels = parse_labels(
        (settings / "berka-labels.toml").read_text(encoding="utf-8"), "the Berka labels"
    )
    if not place.policy.exists():
        install_policy(place, policy)
    how = Round((parse_day(_BERKA_DAY),), labels, seed, 0, now())
    return _run(timer, place, bank_in(place, place.bank), how, _BERKA_DAY)


def _run(timer: Timer, place: Workspace, bank: Bank, how: Round, day: str) -> Shown:
    """Train, make what was trained champion, plan, and pull the fullest list."""
    with timer.step(Text("features of the past, models", "历史特征与模型训练")) as step:
        learned = learn(place, bank, how, tell=lambda _: None, step=step)
        made = [
            each
            if each.role == "champion"
            else promote(place, each.label, each.version, now=how.now, force=_REASON)
            for each in learned.registered
        ]
        learned = replace(learned, registered=tuple(made))
    if not place.holdout_key.exists():
        reproducible_holdout_key(place, how.seed)
    policy = policy_of(place, currency=bank.manifest.currency)
    night = Night(place, bank, policy, parse_day(day), how.now, audit_of(place))
    with timer.step(Text("features of the day, plan, ledger", "当日特征、计划与台账")) as step:
        plan = plan_night(night, step=step)
    with ledger_of(place) as ledger:
        report = funnel_report(ledger, plan.day)
    _make_key(place, how.now)
    fullest = max(report.rows_by_list, key=lambda name: (report.rows_by_list[name], -name))
    pulled = pull_list(place, plan.day, fullest)
    return Shown(place, plan, learned, pulled, report, _left_out(plan, bank, fullest))


def _left_out(plan: Plan, bank: Bank, list_id: int) -> tuple[tuple[str, Action, str], ...]:
    """The most valuable customers of a list's owner that are not on it: who, with what, why not.

    The hold-out is not told: its members are not shown to managers.
    """
    trails = [plan.trail(customer_id) for customer_id in plan.trails]
    mine = [t for t in trails if t.list_id == list_id and t.step not in ("listed", "holdout")]
    valued = [(best, trail) for trail in mine if (best := _best(trail))]
    valued.sort(key=lambda each: each[0].tie_key)
    shown = valued[:_SHOWN_LEFT_OUT]
    names = _names(bank, [trail.customer_id for _, trail in shown])
    return tuple((names[trail.customer_id], best, trail.reason) for best, trail in shown)


def _best(trail: Trail) -> Action | None:
    actions = [attempt.action for attempt in trail.attempts if attempt.action]
    worthwhile = [action for action in actions if action.value_cents > 0]
    return min(worthwhile, key=lambda action: action.tie_key, default=None)


def _names(bank: Bank, customer_ids: Sequence[int]) -> Mapping[int, str]:
    masker = PartialMasker()
    customers = bank.read("customers").select(["customer_id", "name"]).to_pylist()
    names = {row["customer_id"]: row["name"] for row in customers}
    return {each: f"{masker.name(names[each] or '')} {each}".strip() for each in customer_ids}


def _print(speak: Show, timer: Timer, shown: Shown) -> None:
    speak.heading(Text("Models", "模型"))
    print_learned(speak, shown.learned)
    print_list(speak, shown.pulled)
    _print_left_out(speak, shown)
    print_funnel(speak, shown.funnel)
    _print_steps(speak, timer)
    _print_places(speak, shown)


def _print_left_out(speak: Show, shown: Shown) -> None:
    speak.heading(Text("Left out, the most valuable first", "未列入者(按价值排序)"))
    speak.table(
        (
            Text("customer", "客户"),
            Text("with", "方案"),
            Text("value", "价值"),
            Text("because", "原因"),
        ),
        [
            (
                who,
                f"{action.offer_code or _care(speak.language)} / {action.channel}",
                format_money(action.value_cents, shown.plan.policy.currency, speak.language),
                words.reason(reason),
            )
            for who, action, reason in shown.left_out
        ],
        right=(2,),
    )


def _care(language: Language) -> str:
    return Text("care call", "关怀联系").to(language)


def _print_steps(speak: Show, timer: Timer) -> None:
    speak.heading(Text("Steps", "步骤"))
    speak.table(
        (Text("step", "步骤"), Text("seconds", "秒"), Text("peak MiB", "内存峰值MiB")),
        [(name, f"{seconds:.1f}", f"{held:,.0f}") for name, seconds, held in timer.steps],
        right=(1, 2),
    )


def _make_key(place: Workspace, at: datetime) -> None:
    """An app's key for the demonstration's service, in a file; a bank's keys are told once."""
    if place.demo_key.exists():
        return
    actions = frozenset(load_access(place.access).roles["app"].may)
    wish = NewKey("demo", "app", actions, frozenset(), _KEY_A_MINUTE, at + timedelta(days=365))
    with AccessStore.open(place.governance_url) as store:
        write_file(place.demo_key, store.add_key(wish, now=at).encode())
    place.demo_key.chmod(0o600)


def _print_places(speak: Show, shown: Shown) -> None:
    place, list_id, day = shown.place, shown.pulled.rows.list_id, shown.plan.day
    speak.heading(Text("Where everything lies", "数据位置"))
    speak.table(
        ("", ""),
        [
            (Text("raw tables", "原始表"), place.bank),
            (Text("snapshots", "特征快照"), place.snapshots),
            (Text("models and MLflow", "模型与MLflow"), f"{place.models}, {place.tracking}"),
            (Text("ledger", "台账"), ledger_name(place.ledger_url)),
            (Text("policy", "联络规则"), place.policy),
            (Text("audit log", "审计日志"), place.audit),
        ],
    )
    home = f"--home {place.root} "
    speak.say(Text("Next:", "下一步:"))
    speak.say(f"  goodcall outreach list {home}--manager {list_id} --date {day} --xlsx list.xlsx")
    first = shown.pulled.rows.rows[0].customer_id
    speak.say(f"  goodcall outreach why {first} {home}--date {day}")
    # The demonstration's bank ends on a fixed day, however long ago that is.
    speak.say(f"  goodcall serve {home}--max-age 36500")
    speak.say(
        f'  curl -H "Authorization: Bearer $(cat {shown.place.demo_key})" '
        f"-H 'Content-Type: application/json' -d '{{\"customer_id\": {first}}}' "
        "http://127.0.0.1:3000/v1/score"
    )


def _facts(timer: Timer, shown: Shown) -> Mapping[str, Any]:
    return {
        "home": shown.place.root,
        "models": {
            each.label: {
                "rows": each.card.rows,
                "positives": each.card.positives,
                "auc": interval(each.card.metrics.get("auc")),
                "over_plain_logistic": interval(each.card.over_baseline),
                "measured": each.card.measured,
            }
            for each in shown.learned.registered
        },
        "left_out_labels": dict(shown.learned.left_out),
        "list": {
            "id": shown.pulled.rows.list_id,
            "rows": [
                {
                    "rank": row.rank,
                    "customer_id": row.customer_id,
                    "name": row.name,
                    "reasons": list(row.reasons),
                    "offer": row.offer,
                    "channel": row.channel,
                    "value_cents": row.value_cents,
                    "allowed_from": row.allowed_from,
                    "assumed": list(row.assumed),
                }
                for row in shown.pulled.rows.rows
            ],
        },
        "funnel": funnel_facts(shown.funnel),
        "steps": [
            {"step": name, "seconds": round(seconds, 2), "peak_mib": round(held)}
            for name, seconds, held in timer.steps
        ],
    }
