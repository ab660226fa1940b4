"""Prove that a Binance key may read and do nothing else, and list the accounts that it shows.

By an allow-list: every flag of apiRestrictions that is not known to be harmless must be literally
false, flags that Binance adds tomorrow too. Nothing is probed by trying to write.
"""

import json
from itertools import count
from typing import Any

from coinfrs_pipelines.connectors.binance.auth import SPOT_IP, sapi_by_ip
from coinfrs_pipelines.connectors.errors import NotEnabled, VenueError
from coinfrs_pipelines.connectors.http import Endpoint, VenueClient
from coinfrs_pipelines.connectors.proofs import NotReadOnly, Proof, SeenAccount, refused

__all__ = ["NotReadOnly", "Proof", "list_accounts", "prove_read_only"]

API_RESTRICTIONS = Endpoint(
    "/sapi/v1/account/apiRestrictions", 1, sapi_by_ip("/sapi/v1/account/apiRestrictions")
)
ACCOUNT = Endpoint("/api/v3/account", 20, SPOT_IP)
SUB_ACCOUNT_LIST = Endpoint("/sapi/v1/sub-account/list", 1, sapi_by_ip("/sapi/v1/sub-account/list"))

# What a flag says that is no permission: when the key was made, when its trading would expire,
# whether it is bound to addresses.
_HARMLESS = frozenset({"createTime", "tradingAuthorityExpirationTime", "ipRestrict"})
# The endpoint is the master's alone; a plain account without the function is a master, too.
_NO_SUB_ACCOUNTS = "function is not enabled"
_SUB_ACCOUNTS_PER_PAGE = 200


def prove_read_only(client: VenueClient) -> Proof:
    """Prove the client's key read-only and name the account it sees.

    Raises:
        NotReadOnly: the key may do more, or an answer is not the one that would prove it.

    """
    try:
        restrictions = _object(client.call(API_RESTRICTIONS).body)
        _require_read_only(restrictions)
        account = _object(client.call(ACCOUNT, {"omitZeroBalances": "true"}).body)
        uid = _uid(account)
        kind, answer = _kind(client)
    except VenueError as error:
        refusal = refused(error)
    else:
        evidence = {
            "api_restrictions": restrictions,
            "account": {key: account.get(key) for key in ("uid", "accountType", "updateTime")},
            "sub_account_list": answer,
        }
        return Proof(uid, kind, evidence)
    raise refusal


def list_accounts(client: VenueClient, proof: Proof) -> tuple[SeenAccount, ...]:
    """Return the key's own account and, of a master, its sub-accounts.

    Raises:
        NotReadOnly: the list was not answered, or not in the form that it has.

    """
    own = SeenAccount(proof.account_ref, None, proof.account_kind)
    if proof.account_kind != "master":
        return (own,)
    subs: list[SeenAccount] = []
    try:
        for page in count(1):
            params = {"page": str(page), "limit": str(_SUB_ACCOUNTS_PER_PAGE)}
            rows = _object(client.call(SUB_ACCOUNT_LIST, params).body).get("subAccounts")
            if not isinstance(rows, list):
                raise NotReadOnly("unclear", "Binance's list of sub-accounts has an unknown form.")
            subs += [_sub_account(row, proof.account_ref) for row in rows]
            if len(rows) < _SUB_ACCOUNTS_PER_PAGE:
                break
    except VenueError as error:
        if subs or _NO_SUB_ACCOUNTS not in error.detail.lower():
            raise refused(error) from None
    return (own, *subs)


def _sub_account(row: Any, master: str) -> SeenAccount:
    uid = row.get("subUserId") if isinstance(row, dict) else None
    if isinstance(uid, bool) or not isinstance(uid, int | str) or not str(uid).isdecimal():
        raise NotReadOnly("unclear", "Binance's list of sub-accounts has an unknown form.")
    name = row.get("remark") or row.get("email")
    return SeenAccount(str(uid), str(name) if name else None, "sub_account", master)


def _require_read_only(restrictions: dict[str, Any]) -> None:
    if restrictions.get("enableReading") is not True:
        raise NotReadOnly("unclear", "The key may not read. Enable reading, and only that.")
    if not isinstance(restrictions.get("ipRestrict", False), bool):
        raise NotReadOnly("unclear", "Binance's answer about the key has an unknown form.")
    granted = sorted(
        flag
        for flag, allowed in restrictions.items()
        if flag != "enableReading" and flag not in _HARMLESS and allowed is not False
    )
    if granted:
        raise NotReadOnly(
            "may_write",
            f"The key may do more than read ({', '.join(granted)[:200]}). "
            "Make a key with reading alone and register that.",
            evidence={"api_restrictions": restrictions},
        )


def _uid(account: dict[str, Any]) -> str:
    uid = account.get("uid")
    if isinstance(uid, bool) or not isinstance(uid, int) or uid <= 0:
        raise NotReadOnly("unclear", "Binance did not say which account the key belongs to.")
    return str(uid)


def _kind(client: VenueClient) -> tuple[str, str]:
    """Return master or sub_account: the list of sub-accounts is for the master's eyes only.

    Only the venue's own word decides: what a gateway or a firewall says is no refusal of the list,
    and a master taken for a sub-account would be proven without what only a master is asked.
    """
    try:
        client.call(SUB_ACCOUNT_LIST, {"page": "1", "limit": "1"})
    except NotEnabled as error:
        kind = "master" if _NO_SUB_ACCOUNTS in error.detail.lower() else "sub_account"
        return kind, str(error)
    return "master", "answered"


def _object(body: bytes) -> dict[str, Any]:
    """Return a JSON object in which no key is there twice: the second would hide the first."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in pairs}) != len(pairs):
            raise NotReadOnly("unclear", "Binance's answer names a field twice.")
        return dict(pairs)

    # The client has checked that the body is JSON. Fractions are not needed, and stay text.
    document = json.loads(body, object_pairs_hook=once, parse_float=str)
    if not isinstance(document, dict):
        raise NotReadOnly("unclear", "Binance's answer about the key has an unknown form.")
    return document
