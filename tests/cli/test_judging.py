"""Policies are judged by their differences under equal seeds, with intervals over seeds."""

from dataclasses import replace

import pytest

from cli.loop.comparison import Outcome, Run
from cli.loop.instruments import HeldOut, Passed, held_out, passed
from cli.loop.judging import Judge, Zero
from cli.loop.own import Own, Shown
from cli.loop.policies_page import policies_page
from cli.loop.worth import Result
from outreach.replay import Gain
from reports.pages import page_facts
from reports.workbook import page_xlsx

# Student's 97.5 % quantile with two degrees of freedom, from a table.
T2 = 4.302652729911275


def a_result(**facts):
    """1,000 customers of whom nothing came but what is said."""
    plain = dict.fromkeys(Result.__dataclass_fields__, 0)
    return Result(**(plain | {"customers": 1000} | facts))


def runs(policy, values, *, world="default", equal=False, **facts):
    """A run a seed, whose net values and expected values are these, in cents."""
    for seed, value in values.items():
        told = {name: each[seed] for name, each in facts.items()}
        result = a_result(net_value_cents=value, expected_value_cents=value, **told)
        yield Outcome(Run(world, seed, policy, equal), {}, result, ())


def replaced(outcome, **facts):
    """A run with other facts of its result."""
    return replace(outcome, result=replace(outcome.result, **facts))


def judge_of(*parts):
    return Judge([each for part in parts for each in part])


def test_a_difference_is_that_of_equal_seeds():
    """Luck that all policies share goes out of it, however large; the interval is Student's."""
    luck = {1: 0, 2: 9_000_000, 3: -5_000_000}
    mine = {1: 100, 2: 9_000_200, 3: -4_999_700}
    told = judge_of(runs("goodcall", mine), runs("nothing", luck)).above(
        "default", "goodcall", "nothing", "net_value", equal=False
    )
    half = T2 * 100 / 3**0.5
    assert (told.value, told.low, told.high) == pytest.approx((200, 200 - half, 200 + half))


def test_only_seeds_under_which_both_ran_count():
    """A run that is missing takes its partner out."""
    judge = judge_of(
        runs("goodcall", {1: 10, 2: 20, 3: 999}), runs("random", {1: 4, 2: 10, 4: -999})
    )
    assert judge.seeds("default", "goodcall", "random", equal=False) == (1, 2)
    told = judge.above("default", "goodcall", "random", "net_value", equal=False)
    assert told.value == pytest.approx(8)


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ({1: 10, 2: 11, 3: 12}, "ahead"),
        ({1: -10, 2: -11, 3: -12}, "behind"),
        ({1: 10, 2: -11, 3: 12}, "not_shown"),
        ({1: 0, 2: 0, 3: 0}, "not_shown"),
        ({1: 10}, "one_seed"),
    ],
)
def test_a_verdict_is_what_the_interval_shows(values, verdict):
    """Of one seed there is no interval and so no verdict."""
    judge = judge_of(runs("goodcall", values), runs("nothing", dict.fromkeys(values, 0)))
    assert judge.verdict("default", "nothing", equal=False) == verdict


def test_without_runs_there_is_no_verdict():
    """Another world, another policy, or another limit."""
    judge = judge_of(runs("goodcall", {1: 1, 2: 2}), runs("random", {1: 0, 2: 0}))
    assert judge.verdict("default", "random", equal=True) is None
    assert judge.verdict("default", "oracle", equal=False) is None
    assert judge.verdict("weak", "random", equal=False) is None


def test_at_equal_contacts_goodcall_and_nothing_are_their_only_runs():
    """Goodcall sets the number, and who contacts nobody keeps to it; others have further runs."""
    judge = judge_of(
        runs("goodcall", {1: 5, 2: 7}),
        runs("nothing", {1: 0, 2: 0}),
        runs("random", {1: 100, 2: 100}),
        runs("random", {1: 1, 2: 3}, equal=True),
    )
    assert judge.modes == (False, True)
    assert judge.policies("default", equal=True) == ("goodcall", "nothing", "random")
    values = [
        judge.above("default", "goodcall", "random", "net_value", equal=equal).value
        for equal in (False, True)
    ]
    assert values == pytest.approx([-94, 4])


def test_relative_to_another_is_the_ratio_of_sums_with_its_residuals():
    """130 and 150 purchases where there were 100 and 120: 60 of 220 more."""
    push = runs("product_push", {1: 0, 2: 0}, purchases={1: 100, 2: 120}, left={1: 50, 2: 50})
    mine = runs("goodcall", {1: 0, 2: 0}, purchases={1: 130, 2: 150}, left={1: 45, 2: 45})
    judge = judge_of(push, mine)
    told = judge.relative("default", "goodcall", "product_push", "purchases", equal=False)
    share = 60 / 220
    residuals = [(30 - share * 100) / 110, (30 - share * 120) / 110]
    error = (sum(each**2 for each in residuals) / 1 / 2) ** 0.5
    half = 12.706204736432095 * error
    assert (told.value, told.low, told.high) == pytest.approx((share, share - half, share + half))
    left = judge.relative("default", "goodcall", "product_push", "churn", equal=False)
    assert (left.value, left.low, left.high) == pytest.approx((-0.1, -0.1, -0.1))


def test_the_share_of_the_possible_is_of_what_was_expected_of_the_best():
    """Half of what the oracle's contacts are worth is half; of nothing there is no share."""
    best, zero = {1: 101, 2: 102, 3: 103}, {1: 0, 2: 0, 3: 0}
    judge = judge_of(
        runs("oracle", best),
        runs("goodcall", {seed: value / 2 for seed, value in best.items()}),
        runs("oracle", zero, world="no_effect"),
        runs("goodcall", zero, world="no_effect"),
    )
    told = judge.reached("default", "goodcall", "oracle", equal=False)
    assert (told.value, told.low, told.high) == pytest.approx((0.5, 0.5, 0.5))
    assert judge.reached("no_effect", "goodcall", "oracle", equal=False) is None
    assert judge.reached("default", "goodcall", "ceiling", equal=False) is None


def test_verdicts_go_by_what_was_expected_and_not_by_luck():
    """Net value says the contrary here: a rich customer left whom nobody could have kept."""
    lucky, unlucky = {1: 500, 2: 600, 3: 700}, {1: 0, 2: 0, 3: 0}
    mine = (replaced(each, expected_value_cents=9) for each in runs("goodcall", unlucky))
    theirs = (replaced(each, expected_value_cents=4) for each in runs("random", lucky))
    judge = judge_of(mine, theirs)
    assert judge.verdict("default", "random", equal=False) == "ahead"
    assert judge.above("default", "goodcall", "random", "net_value", equal=False).high < 0


def test_contacts_a_sale_are_those_of_all_seeds_over_the_sales_of_all():
    """No sale was caused: there is no such figure."""
    sold = runs("oracle", {1: 0, 2: 0}, contacts={1: 100, 2: 300}, caused={1: 0, 2: 8})
    none = runs("random", {1: 0, 2: 0}, contacts={1: 100, 2: 300}, caused={1: 0, 2: 0})
    judge = judge_of(sold, none)
    told = judge.level("default", "oracle", "contacts_per_sale", equal=False)
    assert told.value == pytest.approx(50)
    assert judge.level("default", "random", "contacts_per_sale", equal=False) is None


ZERO = (0, 0, 0)


@pytest.mark.parametrize(
    ("came", "zero"),
    [
        ({}, Zero("kept")),
        ({"purchases": (5, -4, 1), "opt_outs": (2, -1, 1)}, Zero("kept")),
        ({"purchases": (10, 11, 12)}, Zero("gain")),
        ({"left": (-10, -11, -12)}, Zero("gain")),
        ({"purchases": (-10, -11, -12)}, Zero("harm", ("purchases",))),
        ({"purchases": (10, 11, 12), "left": (10, 11, 12)}, Zero("harm", ("churn",))),
        ({"net_value_cents": (-10, -11, -12)}, Zero("harm", ("net_value",))),
        ({"expected_value_cents": (-10, -11, -12)}, Zero("harm", ("expected_value",))),
        (
            {"opt_outs": (3, 4, 5), "complaints": (3, 4, 5)},
            Zero("harm", ("opt_outs", "complaints")),
        ),
        ({"opt_outs": (-3, -4, -5), "net_value_cents": (3, 4, 5)}, Zero("gain")),
    ],
)
def test_where_contacts_change_nothing_all_that_is_worse_is_harm(came, zero):
    """What contacts cost and the opt-outs that they add count, too; luck can add no gain."""
    seeds = (1, 2, 3)
    hundred = dict.fromkeys(Result.__dataclass_fields__, 100)
    others = [
        Outcome(Run("no_effect", seed, "nothing"), {}, a_result(**hundred), ()) for seed in seeds
    ]
    mine = [
        Outcome(
            Run("no_effect", seed, "goodcall"),
            {},
            a_result(**hundred | {name: 100 + each[place] for name, each in came.items()}),
            (),
        )
        for place, seed in enumerate(seeds)
    ]
    assert judge_of(mine, others).zero("no_effect") == zero


def test_of_one_seed_no_harm_is_told():
    """Nor of none."""
    one = judge_of(runs("goodcall", {1: -5}), runs("nothing", {1: 0}))
    assert one.zero("default") == Zero("one_seed")
    assert one.zero("no_effect") is None


def an_own(families="not_shown", left="not_shown", untold=None, **effects):
    """What a run's instruments said."""
    verdicts = {"families": families, "left": left}
    holdout = {name: Shown(each, Gain(0.1, -0.1, 0.3)) for name, each in verdicts.items()}
    return Own(effects, {} if untold else holdout, untold)


def test_what_a_holdout_shows_is_counted_by_what_it_means():
    """More purchases are a gain, and so are fewer who leave; what is not kept is no report."""
    told = [
        an_own("more", "less"),
        an_own("less", "more"),
        an_own("more"),
        an_own("insufficient"),
        an_own(untold="too few households"),
        None,
    ]
    assert held_out(told, "families") == HeldOut(2, 1, not_shown=0, untold=2, not_kept=1)
    assert held_out(told, "left") == HeldOut(1, 1, not_shown=2, untold=1, not_kept=1)


@pytest.mark.parametrize(
    ("gain", "loss", "not_shown", "chance"),
    [
        (0, 0, 7, "chance"),
        (1, 0, 6, "chance"),
        (1, 1, 5, "more"),
        (0, 3, 37, "chance"),
        (2, 3, 35, "more"),
        (0, 0, 0, "none"),
    ],
)
def test_a_report_may_be_wrong_once_in_twenty(gain, loss, not_shown, chance):
    """By the binomial law: two of seven or five of forty come by chance in one case of twenty-two.

    One of seven comes in three cases of ten, three of forty in one of three.
    """
    assert HeldOut(gain, loss, not_shown, untold=0, not_kept=0).chance == chance


def test_models_of_effects_that_proved_themselves_are_counted():
    """By label and by run; a run that learned none, and one of which nothing is kept."""
    told = [an_own(buys=True, leaves=False), an_own(buys=True, leaves=True), an_own(), None]
    assert passed(told) == Passed(runs=3, models=4, proved=3, runs_with_proof=2, not_kept=1)


def test_a_page_tells_of_instruments_where_there_is_nothing_to_find():
    """Verdicts by either value, learned effects against chances, and which runs kept nothing."""
    seeds = {1: 10, 2: 11, 3: 12}

    def kept(outcomes, *own):
        return [replace(each, own=said) for each, said in zip(outcomes, own, strict=True)]

    unlucky = [
        replaced(each, net_value_cents=-30) for each in runs("propensity", seeds, world="alike")
    ]
    judge = judge_of(
        kept(runs("goodcall", seeds, world="alike"), an_own("more"), an_own(), None),
        kept(runs("learned_effect", seeds, world="alike"), an_own(buys=True), an_own(), None),
        runs("propensity_value", dict.fromkeys(seeds, 4), world="alike"),
        unlucky,
        runs("nothing", dict.fromkeys(seeds, 0), world="alike"),
    )
    page = policies_page(
        judge,
        [],
        currency="CNY",
        facts={"customers": 1000, "months": 12},
        idle=["alike"],
        uniform=["alike"],
    )
    told = page_facts(page)
    by_policy = {row["policy"]: (row["verdict"], row["net_verdict"]) for row in told["verdicts"]}
    assert by_policy["propensity"] == ("not_shown", "ahead")
    assert by_policy["nothing"] == ("ahead", "ahead")
    families, left = told["holdout"]
    assert (families["gain"], families["not_shown"], families["not_kept"]) == (1, 1, 1)
    assert (families["verdict"], left["verdict"]) == ("chance", "chance")
    (uniform,) = told["uniform"]
    assert uniform["expected_value"]["value"] == pytest.approx(7)
    assert uniform["verdict"] == "ahead"
    shipped, learned = told["gates"]
    assert (shipped["policy"], shipped["models"], shipped["runs"]) == ("goodcall", 0, 2)
    assert (learned["models"], learned["proved"], learned["not_kept"]) == (1, 1, 1)
    assert told["zero"][0]["verdict"] == "gain"
    assert len(page_xlsx(page, "zh")) > 0


def test_of_one_seed_a_figure_stands_alone():
    """No interval is made up."""
    judge = judge_of(runs("random", {9: 700}))
    told = judge.level("default", "random", "net_value", equal=False)
    assert told == pytest.approx(700)
    assert not isinstance(told, Gain)


def test_a_page_warns_of_as_many_verdicts_as_it_has():
    """Those of one seed are none; a missing run is told, and so is a rival that did not run."""
    seeds = {1: 10, 2: 11, 3: 12}
    judge = judge_of(
        runs("goodcall", seeds),
        runs("nothing", dict.fromkeys(seeds, 0)),
        runs("random", {1: 3}),
        runs("oracle", seeds),
    )
    page = policies_page(
        judge,
        [Run("default", 2, "random")],
        currency="CNY",
        facts={"customers": 1000, "months": 12},
        idle=[],
        uniform=[],
    )
    rows = page_facts(page)["verdicts"]
    assert [(row["policy"], row["verdict"]) for row in rows] == [
        ("nothing", "ahead"),
        ("random", "one_seed"),
    ]
    notes = " ".join(note.en for note in page.notes)
    assert "Of 1 verdicts by either value" in notes
    assert "Runs that are missing: 1," in notes
    assert "There are no runs of product push" in notes
