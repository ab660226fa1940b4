"""A key is taken only if it was shown to do nothing but read; anything unclear refuses."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from coinfrs_pipelines.connectors.binance import permissions as binance_permissions
from coinfrs_pipelines.connectors.binance.permissions import NotReadOnly
from coinfrs_pipelines.connectors.fireblocks import permissions as fireblocks_permissions

READ_ONLY = {
    "ipRestrict": False,
    "createTime": 1623840271000,
    "enableReading": True,
    "enableWithdrawals": False,
    "enableInternalTransfer": False,
    "enableMargin": False,
    "enableFutures": False,
    "permitsUniversalTransfer": False,
    "enableVanillaOptions": False,
    "enableFixApiTrade": False,
    "enableFixReadOnly": False,
    "enableSpotAndMarginTrading": False,
    "enablePortfolioMarginTrading": False,
}
FLAGS = sorted(READ_ONLY.keys() - {"ipRestrict", "createTime", "enableReading"})
ACCOUNT = {"uid": 354937868, "accountType": "SPOT", "canTrade": True, "balances": []}
NOT_MASTER = (400, {"code": "100001002", "message": "This request is not supported."})


def _binance(
    restrictions: Any = READ_ONLY, account: Any = ACCOUNT, subs: Any = NOT_MASTER
) -> Callable[[Any], Any]:
    answers = {
        "/sapi/v1/account/apiRestrictions": restrictions,
        "/api/v3/account": account,
        "/sapi/v1/sub-account/list": subs,
    }
    return lambda asked: answers[asked.path]


def _refused(made: Any) -> NotReadOnly:
    with pytest.raises(NotReadOnly) as caught:
        binance_permissions.prove_read_only(made.client)
    assert caught.value.__context__ is None or "signature" not in repr(caught.value.__context__)
    return caught.value


def test_a_reading_key_is_proven_and_its_account_named(binance: Any) -> None:
    proof = binance_permissions.prove_read_only(binance(_binance()).client)
    assert (proof.account_ref, proof.account_kind) == ("354937868", "sub_account")
    assert proof.evidence["api_restrictions"] == READ_ONLY
    assert "100001002" in proof.evidence["sub_account_list"]
    assert json.dumps(proof.evidence)


@pytest.mark.parametrize(
    ("subs", "kind"),
    [
        ({"subAccounts": []}, "master"),
        ((400, {"code": -9000, "msg": "Sub-account function is not enabled."}), "master"),
        ((400, {"code": -4006, "msg": "Main account only."}), "sub_account"),
        (NOT_MASTER, "sub_account"),
    ],
)
def test_the_kind_of_account_is_told_by_the_list_of_sub_accounts(
    binance: Any, subs: Any, kind: str
) -> None:
    proof = binance_permissions.prove_read_only(binance(_binance(subs=subs)).client)
    assert proof.account_kind == kind


@pytest.mark.parametrize(
    "subs",
    [
        (403, b"<html>Forbidden</html>"),
        (404, b"<html>Not Found</html>"),
        (404, b""),
        (400, {"code": -1102, "msg": "Mandatory parameter was not sent."}),
    ],
)
def test_what_is_no_word_of_the_venue_makes_no_master_a_sub_account(
    binance: Any, subs: Any
) -> None:
    """A master taken for a sub-account is never asked for what only a master is told."""
    assert _refused(binance(_binance(subs=subs))).reason == "permanent"


def test_a_key_bound_to_addresses_is_welcome(binance: Any) -> None:
    made = binance(_binance(READ_ONLY | {"ipRestrict": True, "tradingAuthorityExpirationTime": 1}))
    assert binance_permissions.prove_read_only(made.client).account_ref == "354937868"


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("value", [True, "false", "true", 1, 0, None, {}])
def test_every_flag_must_be_literally_false(binance: Any, flag: str, value: Any) -> None:
    refusal = _refused(binance(_binance(READ_ONLY | {flag: value})))
    assert refusal.reason == "may_write"
    assert flag in str(refusal)


def test_a_flag_that_binance_adds_tomorrow_must_be_false_too(binance: Any) -> None:
    refusal = _refused(binance(_binance(READ_ONLY | {"enableTeleportation": True})))
    assert "enableTeleportation" in str(refusal)
    made = binance(_binance(READ_ONLY | {"enableTeleportation": False}))
    assert binance_permissions.prove_read_only(made.client)


@pytest.mark.parametrize("reading", [False, "true", 1, None])
def test_a_key_that_may_not_read_is_refused(binance: Any, reading: Any) -> None:
    assert _refused(binance(_binance(READ_ONLY | {"enableReading": reading}))).reason == "unclear"


def test_a_flag_named_twice_hides_nothing(binance: Any) -> None:
    """The second value would hide the first from a careless reader."""
    twice = b'{"enableWithdrawals":true,' + json.dumps(READ_ONLY).encode()[1:]
    assert _refused(binance(_binance(twice))).reason == "unclear"


@pytest.mark.parametrize(
    ("restrictions", "reason", "retry_later"),
    [
        ((401, {"code": -2015, "msg": "Invalid API-key, IP, or permissions."}), "unauthorised", 0),
        (
            (400, {"code": -1022, "msg": "Signature for this request is not valid."}),
            "unauthorised",
            0,
        ),
        ((500, b"oops"), "transient", 1),
        ((429, b""), "throttled", 1),
        ((200, b"<html>"), "transient", 1),
        ((302, b"", {"Location": "http://127.0.0.1/"}), "permanent", 0),
        ((200, []), "unclear", 0),
        ((200, {}), "unclear", 0),
        ((200, b"null"), "transient", 1),
    ],
)
def test_anything_unclear_refuses(
    binance: Any, restrictions: Any, reason: str, retry_later: int
) -> None:
    refusal = _refused(binance(_binance(restrictions)))
    assert (refusal.reason, refusal.retry_later) == (reason, bool(retry_later))


@pytest.mark.parametrize("account", [{}, {"uid": None}, {"uid": True}, {"uid": "7"}, {"uid": 0}])
def test_a_key_without_a_known_account_is_refused(binance: Any, account: Any) -> None:
    assert _refused(binance(_binance(account=account))).reason == "unclear"


def test_a_failing_list_of_sub_accounts_refuses(binance: Any) -> None:
    assert _refused(binance(_binance(subs=(503, b"")))).reason == "transient"


def _pages_of_subs(*pages: range) -> Callable[[Any], Any]:
    def answer(asked: Any) -> Any:
        if asked.path != "/sapi/v1/sub-account/list":
            return _binance()(asked)
        number = int(asked.query["page"]) - 1
        rows = pages[number] if number < len(pages) else ()
        return {"subAccounts": [{"subUserId": n, "email": f"{n}@example.com"} for n in rows]}

    return answer


def test_the_sub_accounts_of_a_master_are_listed_to_the_last_page(binance: Any) -> None:
    client = binance(_pages_of_subs(range(1, 201), range(201, 251))).client
    seen = binance_permissions.list_accounts(client, binance_permissions.prove_read_only(client))
    assert [account.external_id for account in seen] == ["354937868", *map(str, range(1, 251))]
    assert {account.parent_ref for account in seen[1:]} == {"354937868"}


def test_a_list_of_sub_accounts_whose_pages_come_again_is_refused(binance: Any) -> None:
    client = binance(_pages_of_subs(range(1, 201), range(1, 201))).client
    proof = binance_permissions.prove_read_only(client)
    with pytest.raises(NotReadOnly, match="a page came again"):
        binance_permissions.list_accounts(client, proof)


def _fireblocks(**answers: Any) -> Callable[[Any], Any]:
    forbidden = (403, {"message": "You do not have permission.", "code": -1})
    normal = {
        "workspace": {"id": "123e4567-e89b-12d3-a456-426614174000", "name": "Desk"},
        "accounts_paged": {"accounts": [], "paging": {}},
        "transactions": [],
        "validate": forbidden,
        "gas_station": forbidden,
        "supported_assets": forbidden,
        "exchange": forbidden,
        "api_users": forbidden,
    } | answers

    def answer(asked: Any) -> Any:
        path = asked.path
        if "validate_address" in path:
            return normal["validate"]
        if "exchange_accounts" in path:
            return normal["exchange"]
        return normal[path.rpartition("/")[2]]

    return answer


def test_a_viewer_is_proven_and_its_workspace_named(fireblocks: Any) -> None:
    made = fireblocks(_fireblocks())
    proof = fireblocks_permissions.prove_read_only(made.client)
    assert proof.account_ref == "123e4567-e89b-12d3-a456-426614174000"
    assert proof.account_kind == "workspace"
    assert [probe["status"] for probe in proof.evidence["probes"]] == [200] * 2 + [403] * 5 + [
        200
    ] * 2
    assert all(asked.method == "GET" for asked in made.venue.asked)
    assert json.dumps(proof.evidence)


def test_a_list_of_vault_accounts_that_seems_cut_off_is_refused(fireblocks: Any) -> None:
    """Full pages of any size and no cursor: there are more, and nobody can ask for them."""

    def answer(asked: Any) -> Any:
        if asked.path != "/v1/vault/accounts_paged":
            return _fireblocks()(asked)
        count = int(asked.query["limit"])
        return {"accounts": [{"id": str(n), "name": "x"} for n in range(count)], "paging": {}}

    made = fireblocks(answer)
    proof = fireblocks_permissions.prove_read_only(made.client)
    with pytest.raises(NotReadOnly, match="no cursor"):
        fireblocks_permissions.list_accounts(made.client, proof)


@pytest.mark.parametrize(
    "probe", ["validate", "gas_station", "supported_assets", "exchange", "api_users"]
)
def test_a_role_that_may_do_more_than_a_viewer_is_refused(fireblocks: Any, probe: str) -> None:
    made = fireblocks(_fireblocks(**{probe: {"any": "thing"}}))
    with pytest.raises(NotReadOnly) as caught:
        fireblocks_permissions.prove_read_only(made.client)
    assert caught.value.reason == "may_write"
    assert "Viewer" in str(caught.value)
    # What was answered by then is evidence, and nothing is asked after it.
    assert caught.value.evidence["probes"][-1]["expected"] == 403
    assert caught.value.evidence["probes"][-1]["status"] == 200


@pytest.mark.parametrize(
    ("probe", "answer", "reason"),
    [
        ("gas_station", (401, {"message": "Unauthorized", "code": -7}), "unauthorised"),
        ("gas_station", (404, b""), "permanent"),
        ("gas_station", (500, b""), "transient"),
        ("api_users", (429, b""), "throttled"),
        ("validate", (400, {"message": "bad address", "code": 1}), "permanent"),
        ("accounts_paged", (403, {"message": "no", "code": -1}), "not_enabled"),
        ("transactions", (403, {"message": "no", "code": -1}), "not_enabled"),
        ("transactions", (200, b"<html>"), "transient"),
        ("workspace", (401, {"message": "no", "code": -7}), "unauthorised"),
        ("workspace", {"name": "no id"}, "unclear"),
    ],
)
def test_an_unclear_probe_of_fireblocks_refuses(
    fireblocks: Any, probe: str, answer: Any, reason: str
) -> None:
    made = fireblocks(_fireblocks(**{probe: answer}))
    with pytest.raises(NotReadOnly) as caught:
        fireblocks_permissions.prove_read_only(made.client)
    assert caught.value.reason == reason


@pytest.mark.parametrize("body", [b"<html>403 Forbidden</html>", b"", b'{"message":"Forbidden"}'])
def test_a_firewall_before_what_a_viewer_may_not_proves_nobody_a_viewer(
    fireblocks: Any, body: bytes
) -> None:
    """It blocks paths that look like an administrator's to an administrator, too."""
    probes = ("validate", "gas_station", "supported_assets", "exchange", "api_users")
    made = fireblocks(_fireblocks(**dict.fromkeys(probes, (403, body))))
    with pytest.raises(NotReadOnly) as caught:
        fireblocks_permissions.prove_read_only(made.client)
    assert caught.value.reason == "permanent"
    assert caught.value.evidence["probes"][-1]["status"] == 403


def test_a_key_that_loses_its_rights_while_it_is_probed_is_refused(fireblocks: Any) -> None:
    """What a Viewer may do is asked before and after the probes that must fail."""
    asked_for = 0

    def answer(asked: Any) -> Any:
        nonlocal asked_for
        if asked.path == "/v1/transactions":
            asked_for += 1
            return [] if asked_for == 1 else (403, {"message": "no", "code": -1})
        return _fireblocks()(asked)

    made = fireblocks(answer)
    with pytest.raises(NotReadOnly):
        fireblocks_permissions.prove_read_only(made.client)
