"""How long somebody is kept is data; a dry run only counts, and the real one asks, which another operator decides."""

from pathlib import Path

import pytest

from app.law.retention import governing, in_force, load_retention
from app.law.rules import DATA, Regime
from app.reference.datafiles import DataFileError
from app.reference.fields import today
from tests.bad_requests import row_counts
from tests.conftest import Raw
from tests.factories import a_case
from tests.intakes.reports import a_refusal, a_reported_case, sent
from tests.personas import Clients
from tests.vault.conftest import Desk, Operate, closed

AGO = "update audit_entries set at = now() - make_interval(days => $2) where event = 'case.closed' and case_id = $1"
FIVE_YEARS, TWENTY = 1827, 7306


async def test_a_dry_run_lists_whose_term_is_over_by_rule_and_changes_nothing(
    clients: Clients, raw: Raw, operate: Operate
) -> None:
    story, recent, victim, still = [await a_case(clients) for _ in range(4)]
    old = await closed(clients, story.case)
    await raw.all.execute(AGO, story.case, FIVE_YEARS)
    await closed(clients, recent.case)
    await raw.all.execute(AGO, recent.case, FIVE_YEARS - 5)
    await closed(clients, victim.case)
    await raw.all.execute("update cases set identification = 'confirmed' where id = $1", victim.case)
    await raw.all.execute(AGO, victim.case, TWENTY - 5)
    declined = (await sent(clients, a_refusal(received_at="2024-01-05T08:00:00+07:00"))).json()
    before = await row_counts(raw.all)
    ran = await operate("retention", "--dry-run")
    assert ran.exit_code == 0, ran.output
    listed = [line.split()[:3] for line in ran.stdout.splitlines() if "→" in line]
    assert listed == [["R02", "case", old], ["R03", "intake", declined["reference"]]]
    counts = {
        line.split()[0]: line.split()[-1] for line in ran.stdout.splitlines() if line[:2] == "R0" and "→" not in line
    }
    assert counts == {"R01": "0", "R02": "1", "R03": "1", "R04": "0"}
    assert await row_counts(raw.all) == before
    await raw.all.execute(AGO, victim.case, TWENTY)
    assert "R01 case" in (await operate("retention", "--dry-run")).stdout
    assert (await clients.get("demo-border", f"/v1/cases/{still.case}")).status_code == 200


async def test_the_real_run_asks_and_erases_nobody_and_does_not_ask_twice(
    clients: Clients, raw: Raw, operate: Operate, desks: tuple[Desk, Desk]
) -> None:
    story = await a_case(clients)
    reference = await closed(clients, story.case)
    await raw.all.execute(AGO, story.case, FIVE_YEARS)
    assert (await operate("retention")).exit_code == 2
    for _ in range(2):
        ran = await operate("retention", *desks[0].options)
        assert ran.exit_code == 0, ran.output
    (asked,) = await raw.all.fetch("select * from erasures")
    assert (asked["reference"], asked["reason"]) == (reference, "retention_over")
    assert asked["rule_key"].startswith("R02:law_2024:")
    assert (await clients.get("demo-border", f"/v1/cases/{story.case}")).status_code == 200
    approved = await operate("erasure", "approve", str(asked["id"]), *desks[1].options)
    assert approved.exit_code == 0, approved.output
    assert (await clients.get("demo-border", f"/v1/cases/{story.case}")).status_code == 410


async def test_a_reporter_is_kept_as_long_as_the_case_is_open(clients: Clients, raw: Raw, operate: Operate) -> None:
    reporter = {"full_name": "Vàng A Páo", "relation": "sibling"}
    story = await a_reported_case(clients, reporter=reporter, received_at="2019-01-05T08:00:00+07:00")
    assert "R04 reporter" not in (await operate("retention", "--dry-run")).stdout
    await closed(clients, story.case, "demo-hotline")
    assert "R04 reporter" in (await operate("retention", "--dry-run")).stdout


def test_the_longest_of_several_rules_governs_and_without_one_a_person_is_kept() -> None:
    rules = in_force(Regime.LAW_2024, today())
    assert [getattr(governing(rules, "case", how), "id", None) for how in ("confirmed", "not_victim")] == ["R01", "R02"]
    assert governing([], "case", "confirmed") is None
    assert {rule.id for rule in in_force(Regime.LAW_2011, today())} == {rule.id for rule in rules}


WRONG = [("years: 20", "years: 0"), ("of: case", "of: person"), ("counts_from: closed", "counts_from: birth")]


@pytest.mark.parametrize("change", WRONG)
def test_a_wrong_rule_is_refused_by_its_line(tmp_path: Path, change: tuple[str, str]) -> None:
    text = (DATA / "retention.yaml").read_text("utf-8")
    (tmp_path / "retention.yaml").write_text(text.replace(*change, 1), "utf-8")
    with pytest.raises(DataFileError, match=r"retention.yaml, line \d+"):
        load_retention(tmp_path / "retention.yaml")
