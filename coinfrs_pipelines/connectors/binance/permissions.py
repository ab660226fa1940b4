"""Prove that a Binance key may read and do nothing else, and list the accounts that it shows.

By an allow-list: every flag of apiRestrictions that is not known to be harmless must be literally
false, flags that Binance adds tomorrow too. Nothing is probed by trying to write.
"""

import json
from typing import Any

from coinfrs_pipelines.connectors import payloads
from coinfrs_pipelines.connectors.binance.auth import SPOT_IP, sapi
from coinfrs_pipelines.connectors.binance.streams.reference import SUB_ACCOUNTS
from coinfrs_pipelines.connectors.errors import NotEnabled, VenueError
from coinfrs_pipelines.connectors.http import Endpoint, VenueClient
from coinfrs_pipelines.connectors.proofs import NotReadOnly, Proof, SeenAccount, refused
from coinfrs_pipelines.connectors.walks import Record, walk

__all__ = ["NotReadOnly", "Proof", "list_accounts", "prove_read_only"]

API_RESTRICTIONS = sapi("/sapi/v1/account/apiRestrictions", 1)
ACCOUNT = Endpoint("/api/v3/account", 20, SPOT_IP)
SUB_ACCOUNT_LIST = sapi(SUB_ACCOUNTS.path, 1)
# What the evidence says of the list of a master that may have sub-accounts.
ANSWERED = "answered"

# What a flag says that is no permission: when the key was made, when its trading would expire,
# whether it is bound to addresses.
_HARMLESS = frozenset({"createTime", "tradingAuthorityExpirationTime", "ipRestrict"})
# The endpoint is the master's alone; a plain account without the function is a master, too.
_NO_SUB_ACCOUNTS = "function is not enabled"


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
        NotReadOnly: the list was not answered, contradicts itself, or has not the form that it has.

    """
    own = SeenAccount(proof.account_ref, None, proof.account_kind)
    if proof.account_kind != "master" or proof.evidence["sub_account_list"] != ANSWERED:
        return (own,)
    try:
        pages = walk(client, SUB_ACCOUNTS).pages
    except VenueError as error:
        raise refused(error) from None
    records = (record for page in pages for record in page.records)
    # One that was renamed between two pages comes twice; the later is the newer.
    subs = {record.source_raw_id: _sub_account(record, proof.account_ref) for record in records}
    return (own, *subs.values())


def _sub_account(record: Record, master: str) -> SeenAccount:
    if not record.source_raw_id.isdecimal():
        raise NotReadOnly("unclear", "Binance's list of sub-accounts has an unknown form.")
    row = payloads.read(record.payload)
    name = row.get("remark") or row.get("email")
    return SeenAccount(record.source_raw_id, str(name) if name else None, "sub_account", master)


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
    return "master", ANSWERED


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
