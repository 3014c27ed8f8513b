"""Every status × action × party of every lifecycle table, against the moves typed by hand from the contract."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

import pytest

from app.benefits import lifecycle as benefits
from app.break_glass import lifecycle as break_glass
from app.cases import lifecycle as cases
from app.certificates import lifecycle as certificates
from app.lifecycles import Step, Table, available_actions, next_status
from app.notices import lifecycle as notices
from app.problems import InvalidTransition, NotYourMove
from app.receptions import lifecycle as receptions
from app.referrals import lifecycle as referrals
from app.returns import lifecycle as returns
from app.safety import lifecycle as safety
from app.searches import lifecycle as searches
from app.verifications import lifecycle as verifications
from app.webhooks import lifecycle as webhooks
from tests import expectations
from tests.expectations import Lifecycle, Move


@dataclass(frozen=True)
class Coded:
    """What the application has for one lifecycle: its table and the three enumerations it is made of."""

    table: Table
    statuses: type[StrEnum]
    actions: type[StrEnum]
    parties: type[StrEnum]


CODED = {
    "referral": Coded(referrals.REFERRAL, referrals.Status, referrals.Action, referrals.Role),
    "verification": Coded(verifications.VERIFICATION, verifications.Status, verifications.Action, verifications.Role),
    "certificate": Coded(certificates.CERTIFICATE, certificates.Status, certificates.Action, certificates.Role),
    "assistance": Coded(
        verifications.ASSISTANCE,
        verifications.AssistanceStatus,
        verifications.AssistanceAction,
        verifications.AssistanceRole,
    ),
    "handover": Coded(cases.HANDOVER, cases.HandoverStatus, cases.HandoverAction, cases.HandoverRole),
    "return": Coded(returns.RETURN, returns.Status, returns.Action, returns.Role),
    "consent": Coded(cases.CONSENT, cases.ConsentStatus, cases.ConsentAction, cases.ConsentRole),
    "override": Coded(cases.OVERRIDE, cases.OverrideStatus, cases.OverrideAction, cases.OverrideRole),
    "exclusion": Coded(cases.EXCLUSION, cases.ExclusionStatus, cases.ExclusionAction, cases.ExclusionRole),
    "contact_request": Coded(searches.CONTACT_REQUEST, searches.Status, searches.Action, searches.Role),
    "case": Coded(cases.CASE, cases.CaseStatus, cases.CaseAction, cases.CaseRole),
    "break_glass": Coded(break_glass.BREAK_GLASS, break_glass.Status, break_glass.Action, break_glass.Role),
    "notice": Coded(notices.NOTICE, notices.Status, notices.Action, notices.Role),
    "placement": Coded(safety.PLACEMENT, safety.PlacementStatus, safety.PlacementAction, safety.PlacementRole),
    "incident": Coded(safety.INCIDENT, safety.IncidentStatus, safety.IncidentAction, safety.IncidentRole),
    "protection": Coded(safety.PROTECTION, safety.ProtectionStatus, safety.ProtectionAction, safety.ProtectionRole),
    "reception": Coded(
        receptions.RECEPTION, receptions.ReceptionStatus, receptions.ReceptionAction, receptions.ReceptionRole
    ),
    "application": Coded(
        benefits.APPLICATION, benefits.ApplicationStatus, benefits.ApplicationAction, benefits.ApplicationRole
    ),
    "disbursement": Coded(
        benefits.DISBURSEMENT, benefits.DisbursementStatus, benefits.DisbursementAction, benefits.DisbursementRole
    ),
    "webhook_endpoint": Coded(webhooks.WEBHOOK_ENDPOINT, webhooks.Status, webhooks.Action, webhooks.Role),
}
TYPED = expectations.lifecycles()
NAMES = sorted(CODED)


def outcome(coded: Coded, status: str, action: str, party: str) -> str:
    """What `next_status` makes of one cell: the new status, or the code of the refusal."""
    try:
        return str(next_status(coded.table, status, coded.actions(action), [coded.parties(party)]))
    except (InvalidTransition, NotYourMove) as refusal:
        return refusal.code


def cells(lifecycle: Lifecycle) -> Iterator[tuple[str, str, str]]:
    for status in lifecycle.statuses:
        for action in lifecycle.actions:
            for party in lifecycle.parties:
                yield status, action, party


def differences(lifecycle: Lifecycle, coded: Coded) -> list[str]:
    """Every cell in which the table and the typed moves disagree, in words."""
    found = []
    for status, action, party in cells(lifecycle):
        wanted, got = lifecycle.outcome(status, action, {party}), outcome(coded, status, action, party)
        if wanted != got:
            found.append(f"{status} —{action}/{party}: typed {wanted}, coded {got}")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_statuses_actions_and_parties_are_those_typed(name: str) -> None:
    lifecycle, coded = TYPED[name], CODED[name]
    assert set(coded.statuses) == set(lifecycle.statuses)
    assert set(coded.actions) == set(lifecycle.actions)
    assert set(coded.parties) == set(lifecycle.parties)


def test_every_lifecycle_typed_is_coded() -> None:
    assert set(TYPED) == set(CODED)


@pytest.mark.parametrize("name", NAMES)
def test_every_cell_leads_where_it_was_typed_to_lead(name: str) -> None:
    assert differences(TYPED[name], CODED[name]) == []


def test_the_cells_are_all_there() -> None:
    counted = {name: len(list(cells(lifecycle))) for name, lifecycle in TYPED.items()}
    assert counted == {
        "referral": 9 * 11 * 4,
        "verification": 7 * 10 * 2,
        "assistance": 12,
        "handover": 24,
        "consent": 18,
        "override": 48,
        "exclusion": 2,
        "contact_request": 4,
        "case": 4,
        "certificate": 9,
        "return": 18,
        "break_glass": 125,
        "notice": 4,
        "placement": 8,
        "incident": 18,
        "protection": 12,
        "reception": 2,
        "application": 24,
        "disbursement": 6,
        "webhook_endpoint": 8,
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_caller_is_offered_exactly_the_moves_it_may_make(name: str) -> None:
    lifecycle, coded = TYPED[name], CODED[name]
    for status in lifecycle.statuses:
        for party in lifecycle.parties:
            offered = available_actions(coded.table, status, [coded.parties(party)])
            assert set(offered) == {m.action for m in lifecycle.moves if (m.source, m.by) == (status, party)}
            assert len(offered) == len(set(offered))


def test_who_is_both_parties_has_the_moves_of_both() -> None:
    both = [referrals.Role.SENDER, referrals.Role.CUSTODIAN]
    assert available_actions(referrals.REFERRAL, "claimed", both) == ["confirm", "decline", "withdraw"]


def _changed(lifecycle: Lifecycle, move: Move) -> Iterator[Lifecycle]:
    """The lifecycle with this one move left out, led elsewhere, or given to somebody else as well."""
    others = lifecycle.moves - {move}
    yield replace(lifecycle, moves=others)
    for status in set(lifecycle.statuses) - {move.to}:
        yield replace(lifecycle, moves=others | {replace(move, to=status)})
    for party in set(lifecycle.parties) - {
        m.by for m in lifecycle.moves if (m.source, m.action) == (move.source, move.action)
    }:
        yield replace(lifecycle, moves=lifecycle.moves | {replace(move, by=party)})


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_cell_is_noticed(name: str) -> None:
    """Seen to fail: every single typed move changed in every way, and every coded one left out."""
    lifecycle, coded = TYPED[name], CODED[name]
    for move in lifecycle.moves:
        for changed in _changed(lifecycle, move):
            assert differences(changed, coded), move
    for at in coded.table:
        rest: dict[tuple[StrEnum, StrEnum], Step] = {key: step for key, step in coded.table.items() if key != at}
        assert differences(lifecycle, replace(coded, table=rest)), at
