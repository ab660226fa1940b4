"""The defences of what a signed-in person has, one removed at a time; see `mutants.py`."""

from __future__ import annotations

from tests.integration.auth.mutants import Mutant

ISOLATION = "test_isolation.py::test_"
MEMBERS = "test_members.py::test_"
PORTFOLIOS = "test_portfolios.py::test_"
ORIGINS = "test_cross_origin.py::test_"
LISTS = f"{ISOLATION}p54_lists_show_nothing_of_anybody_else"
FOREIGN = f"{ISOLATION}p52_a_foreign_id_is_answered_as_a_random_one"
SHARED = f"{ISOLATION}mapping_an_account_shows_its_verdicts_to_the_portfolio"
INVITED = f"{MEMBERS}an_invited_person_accepts_after_signing_in_with_that_address"

MUTANTS = (
    Mutant(
        "members alone see a portfolio",
        "registry/access.py",
        "MEMBERS.c.user_id == user.id, MEMBERS.c.deleted_at.is_(None)\n    )",
        "MEMBERS.c.deleted_at.is_(None)\n    )",
        (LISTS, FOREIGN),
    ),
    Mutant(
        "who has left sees nothing",
        "registry/access.py",
        "MEMBERS.c.user_id == user.id, MEMBERS.c.deleted_at.is_(None)\n    )",
        "MEMBERS.c.user_id == user.id\n    )",
        (f"{MEMBERS}who_leaves_sees_nothing_any_more_and_may_be_invited_again",),
    ),
    Mutant(
        "viewers change nothing",
        "registry/access.py",
        "    if Role(role) not in roles:\n        raise not_allowed(_NEEDED[roles])\n",
        "",
        (f"{MEMBERS}who_does_not_own_reads_and_changes_nothing",),
    ),
    Mutant(
        "whoever changed it last cannot approve it",
        "registry/location_groups.py",
        "    if seen.updated_by == user.id:\n",
        "    if seen.updated_by is None:\n",
        (f"{MEMBERS}a_second_person_approves_and_a_change_takes_it_away",),
    ),
    Mutant(
        "a change takes the approval away",
        "registry/rows.py",
        "                **self._unapproved,\n",
        "",
        (f"{MEMBERS}a_second_person_approves_and_a_change_takes_it_away",),
    ),
    Mutant(
        "a change of the entity takes the approval away",
        "registry/entities.py",
        "    location_groups.changed(connection, user, LOCATION_GROUPS.c.entity_id == entity_id)\n",
        "",
        (f"{MEMBERS}a_second_person_approves_and_a_change_takes_it_away",),
    ),
    Mutant(
        "a change is of the version that was read",
        "registry/rows.py",
        "        if version is not None:\n",
        "        if version is None:\n",
        (f"{PORTFOLIOS}each_is_changed_against_the_version_that_was_read",),
    ),
    Mutant(
        "data sources are their owner's",
        "registry/sources.py",
        "DATA_SOURCES.c.owner_id == user.id, DATA_SOURCES.c.disabled_at.is_(None)\n    )",
        "DATA_SOURCES.c.disabled_at.is_(None)\n    )",
        (LISTS, FOREIGN),
    ),
    Mutant(
        "how often a person has venues asked",
        "rate_limits.py",
        '        self._hit(self._proofs, "proof", user_id)\n',
        "",
        ("test_unclear_keys.py::test_a_person_has_venues_asked_twenty_times_an_hour",),
    ),
    Mutant(
        "mapping takes owning the data source",
        "registry/account_mappings.py",
        "            DATA_SOURCES.c.owner_id == user.id,\n",
        "",
        (
            f"{ISOLATION}mapping_takes_owning_both_the_source_and_the_portfolio",
            f"{ISOLATION}p55_a_body_that_names_what_is_foreign_is_answered_as_a_random_one",
        ),
    ),
    Mutant(
        "an entity is reached through its own portfolio",
        "registry/entities.py",
        "KEPT.find(connection, user, entity_id, portfolio_id=portfolio_id)",
        "KEPT.find(connection, user, entity_id)",
        (f"{ISOLATION}p55_a_foreign_child_is_reached_through_its_own_portfolio_alone",),
    ),
    Mutant(
        "an invitation is the invited address's",
        "registry/invitations.py",
        "INVITATIONS.c.id == invitation_id, INVITATIONS.c.email == user.email, _is_open()",
        "INVITATIONS.c.id == invitation_id, _is_open()",
        (INVITED, FOREIGN),
    ),
    Mutant(
        "verdicts are shown of one's own and of shared accounts",
        "registry/reconciliation.py",
        "else or_(_VERSIONS.c.owner_id == user.id, is_shared)",
        "else or_(_VERSIONS.c.owner_id.is_not(None), is_shared)",
        (LISTS, SHARED),
    ),
    Mutant(
        "an Idempotency-Key is of one request",
        "registry/kept_answers.py",
        "if not hmac.compare_digest(row.request_digest, request.digest):",
        "if row.request_digest is None:",
        (f"{PORTFOLIOS}a_retry_under_its_key_makes_nothing_twice",),
    ),
    Mutant(
        "origins are listed exactly",
        "settings.py",
        'is_exact = url == url.lower() and "*" not in url',
        "is_exact = True",
        (f"{ORIGINS}p51_only_exact_origins_can_be_listed",),
    ),
)
