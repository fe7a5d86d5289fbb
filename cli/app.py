"""The front door: `goodcall` and what it can do.

Every command stands here by its name and the place of its function, in the order of the help.
"""

import sys
from collections.abc import Mapping

import typer

from cli.collecting import collect_rarely
from cli.on_demand import on_demand
from cli.show import say_error
from goodcall import GoodcallError


def _group(words: str, commands: Mapping[str, str]) -> typer.Typer:
    return typer.Typer(no_args_is_help=True, help=words, cls=on_demand(commands))


app = typer.Typer(
    name="goodcall",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Whom to call today, why, with what, through which channel, and whom to leave alone.\n\n"
    "Begin with `goodcall demo`. State lives in a workspace: GOODCALL_HOME, else ./var.",
    cls=on_demand(
        {
            "train": "cli.models:train_command",
            "score": "cli.score:score_command",
            "dictionary": "cli.dictionary:dictionary_command",
            "night": "cli.night_command:night_command",
            "serve": "cli.serve:serve_command",
            "bento": "cli.serve:bento_command",
            "demo": "cli.demo:demo_command",
        }
    ),
)
bank = _group(
    "Raw tables of a bank: simulate one, import real data, check the contracts.",
    {
        "check": "cli.quality:check_command",
        "gates": "cli.quality:gates_command",
        "link": "cli.identity:link_command",
        "unlink": "cli.identity:unlink_command",
        "join": "cli.identity:join_command",
        "tiers": "cli.tiers:tiers_command",
        "simulate": "cli.bank:simulate_command",
    },
)
imports = _group(
    "Turn real data into raw tables; what the source lacks is absent, never invented.",
    {
        "berka": "cli.bank_import:berka_command",
        "bank-marketing": "cli.bank_import:bank_marketing_command",
        "tables": "cli.bank_import:tables_command",
    },
)
features = _group(
    "Features: what the bank knew about each customer as of a date.",
    {
        "build": "cli.snapshots:build_command",
        "absorb": "cli.absorb:absorb_command",
        "skew": "cli.skew:skew_command",
        "catalog": "cli.catalog:catalog_command",
        "drift": "cli.drift:drift_command",
    },
)
models = _group(
    "Registered models: list them, read a card, promote a challenger.",
    {
        "report": "cli.champions:report_command",
        "gate": "cli.champions:gate_command",
        "promote": "cli.champions:promote_command",
        "rollback": "cli.champions:rollback_command",
        "watch": "cli.watch:watch_command",
        "list": "cli.models:list_command",
        "show": "cli.models:show_command",
    },
)
outreach = _group(
    "Outreach: plan the night, pull a manager's list, ask why a customer is on it or not.",
    {
        "allocate": "cli.allocate:allocate_command",
        "replay": "cli.replay:replay_command",
        "acceptance": "cli.acceptance:acceptance_command",
        "plan": "cli.plan_command:plan_command",
        "list": "cli.outreach:list_command",
        "why": "cli.outreach:why_command",
        "publish": "cli.day:publish_command",
        "open": "cli.desk:open_command",
        "reserve": "cli.desk:reserve_command",
        "dial": "cli.desk:dial_command",
        "outcome": "cli.desk:outcome_command",
        "keep": "cli.desk:keep_command",
        "skip": "cli.desk:skip_command",
        "snooze": "cli.desk:snooze_command",
        "wish": "cli.wish:wish_command",
        "summary": "cli.day:summary_command",
        "close": "cli.day:close_command",
    },
)
holdout = _group(
    "Hold-out: households that no proactive marketing reaches, so that its effect shows.",
    {
        "freeze": "cli.holdout:freeze_command",
        "show": "cli.holdout:show_command",
        "effect": "cli.holdout_effect:effect_command",
        "size": "cli.holdout_size:size_command",
    },
)
report = _group(
    "Reports for managers: what contacting brought and cost, where customers leave, who wants "
    "what.\n\n"
    "Each on the terminal, as JSON, as a page (--html) or as a workbook (--xlsx).",
    {
        "day": "cli.report_day:day_command",
        "funnel": "cli.report_funnel:funnel_command",
        "campaign": "cli.report_campaign:campaign_command",
        "cross-sell": "cli.report_cross_sell:cross_sell_command",
        "incentive": "cli.report_incentive:incentive_command",
        "saves": "cli.report_saves:saves_command",
        "managers": "cli.report_managers:managers_command",
        "programme": "cli.report_programme:programme_command",
        "targets": "cli.report_targets:targets_command",
        "pressure": "cli.report_pressure:pressure_command",
        "underserved": "cli.report_underserved:underserved_command",
        "levers": "cli.report_levers:levers_command",
        "records": "cli.report_records:records_command",
        "fairness": "cli.report_fairness:fairness_command",
        "satisfaction": "cli.report_satisfaction:satisfaction_command",
        "churn": "cli.report_board:churn_command",
        "churn-causes": "cli.report_churn:churn_causes_command",
        "demand": "cli.report_demand:demand_command",
        "regions": "cli.report_demand:regions_command",
    },
)
simulate = _group(
    "Simulate: policies at work in banks whose truth is known.",
    {
        "loop": "cli.simulate:loop_command",
        "policies": "cli.simulate_policies:policies_command",
        "map": "cli.simulate_map:map_command",
    },
)
ab = _group(
    "A/B: try a policy on a share of the households, beside the one in force.",
    {
        "start": "cli.ab:start_command",
        "stop": "cli.ab:stop_command",
        "show": "cli.ab:show_command",
    },
)
policy = _group(
    "Policy: whether the file that the business edits is good, and what it would decide.",
    {
        "decide": "cli.policy_decide:decide_command",
        "diff": "cli.policy_diff:diff_command",
        "check": "cli.policy:check_command",
        "measure": "cli.policy_measure:measure_command",
        "propose": "cli.policy_approval:propose_command",
        "approve": "cli.policy_approval:approve_command",
        "refuse": "cli.policy_approval:refuse_command",
        "status": "cli.policy_approval:status_command",
        "restore": "cli.policy_approval:restore_command",
    },
)
access = _group(
    "Access: who may see and do what, who signs in, which apps have keys, and who was granted more "
    "for a while.\n\n"
    "The rules are one file, access.toml in the workspace, else the shipped one; `goodcall access "
    "matrix` prints what it comes to. Begin with `goodcall access user add NAME --role "
    "administrator`: from then on these commands, and those that docs/access.md lists, ask who "
    "you are (--as NAME) and for the password.",
    {
        "matrix": "cli.access:matrix_command",
        "servings": "cli.access:servings_command",
        "request": "cli.access_grants:request_command",
        "approve": "cli.access_grants:approve_command",
        "deny": "cli.access_grants:deny_command",
        "withdraw": "cli.access_grants:withdraw_command",
        "requests": "cli.access_grants:requests_command",
    },
)
users = _group(
    "Users: people who sign in, with one role each. One person is one user.",
    {
        "add": "cli.access_users:add_command",
        "list": "cli.access_users:list_command",
        "change": "cli.access_users:change_command",
        "disable": "cli.access_users:disable_command",
        "password": "cli.access_users:password_command",
    },
)
keys = _group(
    "Keys: how apps prove who they are. A key is printed once, when it is made; only its hash is "
    "kept. Rotate it before it ends: the old one stays good for the overlap.",
    {
        "add": "cli.access_keys:add_command",
        "list": "cli.access_keys:list_command",
        "rotate": "cli.access_keys:rotate_command",
        "revoke": "cli.access_keys:revoke_command",
    },
)
audit = _group(
    "Audit: who read, changed, exported, decided or was refused what; whether it holds.",
    {
        "verify": "cli.audit:verify_command",
        "show": "cli.audit:show_command",
        "checkpoint": "cli.audit:checkpoint_command",
        "key": "cli.audit:key_command",
        "export": "cli.audit:export_command",
    },
)
customer = _group(
    "Customer: find one without opening anybody's data.",
    {"find": "cli.customer:find_command"},
)
rights = _group(
    "Rights: show a customer everything, put it right, erase it, stop profiling, explain.\n\n"
    "Each request is kept with its deadline and audited.",
    {
        name: f"cli.rights:{name}_command"
        for name in ("list", "ask", "view", "correct", "object", "delete", "scan", "explain")
    },
)
vault = _group(
    "Vault: the keys that encrypt names, numbers and notes where they are stored.\n\n"
    "The master key comes from GOODCALL_MASTER_KEY_FILE, else GOODCALL_MASTER_KEY.",
    {name: f"cli.vault:{name}_command" for name in ("key", "status", "seal", "rotate", "retire")},
)
backup = _group(
    "Backup: copy a workspace while others work in it, and restore it.",
    {"create": "cli.backup:create_command", "restore": "cli.backup:restore_command"},
)
bank.add_typer(imports, name="import")
outreach.add_typer(holdout, name="holdout")
outreach.add_typer(ab, name="ab")
app.add_typer(bank, name="bank")
app.add_typer(features, name="features")
app.add_typer(models, name="models")
app.add_typer(outreach, name="outreach")
app.add_typer(report, name="report")
app.add_typer(simulate, name="simulate")
app.add_typer(policy, name="policy")
access.add_typer(users, name="user")
access.add_typer(keys, name="key")
app.add_typer(access, name="access")
app.add_typer(audit, name="audit")
app.add_typer(customer, name="customer")
app.add_typer(rights, name="rights")
app.add_typer(vault, name="vault")
app.add_typer(backup, name="backup")


def main() -> None:
    """Run the command line; an error that was foreseen is told in words and exits with 1."""
    collect_rarely()
    try:
        app()
    except GoodcallError as error:
        say_error(str(error))
        sys.exit(1)
