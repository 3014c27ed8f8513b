"""Who is due what, against the published table of Art 37 and Art 32 typed by hand; and what a broken table answers."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from app.law.amounts import AMOUNTS, amounts_for, load_amounts
from app.law.categories import Category, Facts, Standing, category_of, possibly_under, standing_of
from app.law.entitlements import Beyond, Within, assess, entitled, load_entitlements, refuse_state_funding
from app.law.forms import FORMS
from app.law.rules import DATA, Regime
from app.reference.codes import code_list
from app.reference.datafiles import DataFileError
from app.refusals import NotEntitled

EVE, NEW = date(2025, 6, 30), date(2025, 7, 1)
TODAY = date(2026, 11, 20)
POINTS = ("a", "b", "c", "d", "dd", "e", "g", "h", "i", "k")

VICTIM = Facts("confirmed", NEW, frozenset({"VN"}), born="1999")
UNVERIFIED = Facts("unverified", nationalities=frozenset({"VN"}), born="1999")
FOREIGNER = Facts("verifying", nationalities=frozenset({"CN"}), born="1999")
CHILD = Facts("unverified", nationalities=frozenset({"CN"}), born="2021", accompanies=VICTIM)

PERSONS = {
    "victim": VICTIM,
    "child of a victim": CHILD,
    "being identified": UNVERIFIED,
    "child of one being identified": replace(CHILD, accompanies=UNVERIFIED),
    "foreign victim": replace(FOREIGNER, identification="confirmed", concluded_on=NEW),
    "foreigner being identified": FOREIGNER,
    "not a victim": replace(VICTIM, identification="not_victim"),
}
# Law 53/2024 Art 37(1)–(4), as printed: (in the country, abroad).
ARTICLE_37 = {
    "victim": ("a b c d dd e g h i k", "a b c d dd e g h i k"),
    "child of a victim": ("a b c d dd e g h", "a b c d dd e g h"),
    "being identified": ("a b c d dd e g", "a b c d"),
    "child of one being identified": ("a b c d dd e g", "a b c d"),
    "foreign victim": ("a b c d dd g", "a b c d dd g"),
    "foreigner being identified": ("a b c d dd g", "a b c d dd g"),
    "not a victim": ("", ""),
}
SERVICES = {
    "essential_needs": "a",
    "medical": "b",
    "interpretation": "c",
    "legal_advice": "d",
    "legal_aid": "dd",
    "travel": "e",
    "psychological": "g",
    "schooling": "h",
    "vocational_training": "i",
    "employment": "i",
    "initial_allowance": "k",
    "loan_access": "k",
}
# Law 66/2011 Art 32; a person not yet determined had essential needs in the country (Joint Circular 01/2014 Arts 6–7).
ARTICLE_32 = {
    Category.V: "a b d dd e g h i k",
    Category.A: "a b e g",
    Category.F: "a b d dd e g",
    Category.P_IN: "a",
    Category.P_OUT: "",
    Category.NONE: "",
}


def somewhere(facts: Facts, abroad: bool) -> Facts:
    leader = replace(facts.accompanies, abroad=abroad) if facts.accompanies else None
    return replace(facts, abroad=abroad, accompanies=leader)


def points_of(standing: Standing) -> str:
    return " ".join(each.point for each in entitled(standing))


@pytest.mark.parametrize("abroad", [False, True], ids=["in the country", "abroad"])
@pytest.mark.parametrize("person", PERSONS)
def test_everyone_has_the_points_of_article_37_and_no_others(person: str, abroad: bool) -> None:
    standing = standing_of(somewhere(PERSONS[person], abroad), TODAY)
    assert points_of(standing) == ARTICLE_37[person][abroad]


@pytest.mark.parametrize("abroad", [False, True], ids=["in the country", "abroad"])
@pytest.mark.parametrize("person", PERSONS)
def test_every_service_is_judged_by_its_point(person: str, abroad: bool) -> None:
    standing = standing_of(somewhere(PERSONS[person], abroad), TODAY)
    due = {service for service, point in SERVICES.items() if isinstance(assess(point, service, standing), Within)}
    assert due == {service for service, point in SERVICES.items() if point in ARTICLE_37[person][abroad].split()}


@pytest.mark.parametrize("category", Category)
def test_the_earlier_law_has_its_own_table(category: Category) -> None:
    assert points_of(Standing(category, Regime.LAW_2011, EVE)) == ARTICLE_32[category]


@pytest.mark.parametrize(
    ("category", "article"),
    [("V", "37(1)"), ("A", "37(2)"), ("P_in", "37(3)"), ("P_out", "37(3)"), ("F", "37(4)")],
)
def test_each_entitlement_names_the_paragraph_that_speaks_of_the_person(category: str, article: str) -> None:
    found = entitled(Standing(Category(category), Regime.LAW_2024, TODAY))
    assert {each.article for each in found} == {f"Law 53/2024 Art {article}"}
    assert {each.certainty for each in found} == {"sourced"}


def test_who_was_determined_before_the_new_law_keeps_the_earlier_benefits() -> None:
    earlier, later = (standing_of(replace(VICTIM, concluded_on=on), TODAY) for on in (EVE, NEW))
    assert (earlier.regime, later.regime) == (Regime.LAW_2011, Regime.LAW_2024)
    assert isinstance(assess("c", "interpretation", earlier), Beyond)
    assert isinstance(assess("c", "interpretation", later), Within)


def test_a_child_follows_the_law_of_the_victim_it_accompanies() -> None:
    standing = standing_of(replace(CHILD, accompanies=replace(VICTIM, concluded_on=EVE)), TODAY)
    assert (standing.category, standing.regime) == (Category.A, Regime.LAW_2011)


def test_support_given_before_the_new_law_is_judged_by_the_earlier_one() -> None:
    regimes = [standing_of(UNVERIFIED, on).regime for on in (EVE, NEW)]
    assert regimes == [Regime.LAW_2011, Regime.LAW_2024]


@pytest.mark.parametrize(("identification"), ["unverified", "verifying", "insufficient"])
def test_whoever_is_not_concluded_upon_is_being_identified(identification: str) -> None:
    assert category_of(replace(UNVERIFIED, identification=identification), TODAY) is Category.P_IN


def test_a_negative_finding_does_not_reach_back_and_a_confirmation_does() -> None:
    not_victim = replace(VICTIM, identification="not_victim", concluded_on=date(2026, 5, 1))
    days = (date(2026, 4, 30), date(2026, 5, 1))
    assert [category_of(not_victim, on) for on in days] == [Category.P_IN, Category.NONE]
    assert category_of(replace(VICTIM, concluded_on=days[1]), days[0]) is Category.V


def test_unknown_nationality_counts_as_of_viet_nam() -> None:
    assert category_of(replace(FOREIGNER, nationalities=frozenset()), TODAY) is Category.P_IN
    assert category_of(replace(FOREIGNER, nationalities=frozenset({"CN", "VN"})), TODAY) is Category.P_IN


@pytest.mark.parametrize(
    ("born", "minor"),
    [(None, True), ("2008", True), ("2008-11", True), ("2008-11-21", True), ("2008-11-20", False), ("2007", False)],
)
def test_who_may_be_under_eighteen_counts_as_a_child(born: str | None, minor: bool) -> None:
    assert possibly_under(18, born, TODAY) is minor
    assert (category_of(replace(CHILD, born=born), TODAY) is Category.A) is minor


def test_a_child_that_is_itself_a_victim_has_a_victims_rights() -> None:
    child = replace(CHILD, identification="confirmed", concluded_on=NEW, nationalities=frozenset({"VN"}))
    assert category_of(child, TODAY) is Category.V


def test_a_child_found_no_victim_still_accompanies_one() -> None:
    child = replace(CHILD, identification="not_victim", concluded_on=NEW)
    assert category_of(child, TODAY) is Category.A
    assert category_of(replace(child, accompanies=FOREIGNER), TODAY) is Category.NONE


def test_beyond_names_point_article_and_reason_in_both_languages() -> None:
    found = assess("h", "schooling", Standing(Category.P_IN, Regime.LAW_2024, TODAY))
    assert isinstance(found, Beyond)
    assert (found.point, found.article, found.certainty) == ("h", "Law 53/2024 Art 37(3)", "sourced")
    assert "Hỗ trợ học văn hóa" in found.vi
    assert "Schooling" in found.en


def test_training_of_an_accompanying_minor_follows_the_law_and_shows_the_decree_that_differs() -> None:
    found = assess("i", "vocational_training", Standing(Category.A, Regime.LAW_2024, TODAY))
    assert isinstance(found, Beyond)
    assert found.certainty == "uncertain"
    assert "Decree 162/2025 Art 24" in found.doubts[0].source


def test_a_service_cannot_hide_under_another_point() -> None:
    standing = Standing(Category.P_IN, Regime.LAW_2024, TODAY)
    assert isinstance(assess("a", "loan_access", standing), Beyond)
    assert isinstance(assess("k", "medical", standing), Beyond)


def test_a_service_without_a_point_is_judged_by_the_one_recorded() -> None:
    standing = Standing(Category.P_IN, Regime.LAW_2024, TODAY)
    assert isinstance(assess("a", "shelter", standing), Within)
    assert isinstance(assess("k", "shelter", standing), Beyond)


def test_nothing_is_judged_for_a_day_before_either_law() -> None:
    assert assess("a", "essential_needs", Standing(Category.V, Regime.LAW_2011, date(2011, 12, 31))) is None


SCHOOLING = assess("h", "schooling", Standing(Category.P_IN, Regime.LAW_2024, TODAY))
DOUBTED = assess("e", "travel", Standing(Category.P_OUT, Regime.LAW_2024, TODAY))


@pytest.mark.parametrize("funding", [code.code for code in code_list("funding").codes])
def test_only_the_states_money_is_refused_and_only_on_a_sourced_article(funding: str) -> None:
    refuse_state_funding(DOUBTED, funding)
    refuse_state_funding(Within("Law 53/2024 Art 37(1)", "sourced"), funding)
    refuse_state_funding(None, funding)
    if funding != "state":
        refuse_state_funding(SCHOOLING, funding)
        return
    with pytest.raises(NotEntitled) as refused:
        refuse_state_funding(SCHOOLING, funding)
    assert refused.value.params == {"point": "h", "article": "Law 53/2024 Art 37(3)"}


@pytest.mark.parametrize(
    ("regime", "last"), [(Regime.LAW_2011, date(2025, 8, 29)), (Regime.LAW_2024, date(2025, 10, 28))]
)
def test_essential_needs_last_sixty_days_of_the_earlier_law_and_120_of_the_new(regime: Regime, last: date) -> None:
    needs = entitled(Standing(Category.V, regime, NEW))[0]
    assert needs.until(date(2025, 6, 30)) == last


def test_conditions_are_told_to_those_they_concern() -> None:
    standing = Standing(Category.F, Regime.LAW_2024, TODAY)
    conditions = {each.point: [condition.en for condition in each.conditions] for each in entitled(standing)}
    assert all("Case by case" in told for told in conditions.values())
    victim = entitled(replace(standing, category=Category.V))
    assert all("Case by case" not in [condition.en for condition in each.conditions] for each in victim)
    earlier = entitled(Standing(Category.V, Regime.LAW_2011, TODAY))
    assert [condition.en for condition in earlier[-1].conditions] == ["Initial allowance: of a poor household"]


def test_a_provinces_own_amounts_replace_the_national_ones_in_their_time() -> None:
    def dong(on: date, province: str | None, regime: Regime = Regime.LAW_2011) -> dict[str, int]:
        return {each.id: each.amount_vnd for each in amounts_for(regime, on, province)}

    national = {"meals": 30_000, "clothes": 400_000, "travel_meals": 40_000, "medicine": 50_000}
    assert dong(EVE, "15") == national | {"initial_allowance": 1_000_000}
    assert dong(EVE, "02") == national | {"meals": 60_000, "initial_allowance": 3_000_000}
    assert dong(NEW, "02") == dong(NEW, None)
    assert dong(NEW, None, Regime.LAW_2024) == {}


def test_the_application_form_of_the_decree_is_sourced_and_older_forms_are_presumed() -> None:
    new = {form.id: form.certainty for form in FORMS.in_force(Regime.LAW_2024, TODAY)}
    assert new["support_application"] == "sourced"
    assert new["victim_certificate"] == "uncertain"
    assert {form.id for form in FORMS.in_force(Regime.LAW_2011, EVE)} == set(new)


def _changed(folder: Path, name: str, old: str, new: str) -> Path:
    path = folder / name
    text = (DATA / name).read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("point: c\n", "point: x\n", "write a point of the list regime"),
        ("      none: {article: Law 53/2024", "      other: {article: Law 53/2024", "groups"),
        ("entitled: [V, A, P_in]", "entitled: [V, A, none]", "remove none"),
        ("deadline: D20, extendable", "deadline: D99, extendable", "D99 of law_2024 counts nothing"),
        ("deadline: D20, extendable", "deadline: D20, days: 9, extendable", "not both"),
        ("point: c\n", "point: b\n", "law_2024 says nothing of point c"),
        ("certainty: sourced}\nentries", "certainty: sure}\nentries", "certainty"),
    ],
)
def test_a_broken_table_stops_with_file_line_and_mend(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(DataFileError, match=r"^entitlements\.yaml, line \d+: ") as refused:
        load_entitlements(_changed(tmp_path, "entitlements.yaml", old, new))
    assert told in str(refused.value)


def test_the_line_is_the_one_to_mend(tmp_path: Path) -> None:
    path = _changed(tmp_path, "entitlements.yaml", "point: g\n", "point: z\n")
    line = path.read_text("utf-8").splitlines().index("    point: z") + 1
    with pytest.raises(DataFileError, match=f"line {line}: point: "):
        load_entitlements(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [("deadline: D20", "days: 60, months: 2"), ("per: person", "per: day"), ('province: "02"', "province: Hà Giang")],
)
def test_a_broken_amount_stops_with_file_and_line(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(DataFileError, match=r"^amounts\.yaml, line \d+: "):
        load_amounts(_changed(tmp_path, "amounts.yaml", old, new))
    assert len(AMOUNTS.rules) == 7
