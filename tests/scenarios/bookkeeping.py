"""Reads a case: a few lines of bookkeeping, and what should come of them.

    account main master                     a Binance key (master, sub_account) or a `workspace`
    opening|closing DAY WALLET ASSET AMOUNT what a capture shows that closes DAY; `nothing` for none
    snapshot DAY WALLET ASSET AMOUNT        what the venue's own snapshot of DAY shows
    torn DAY WALLET                         a vault account of which DAY's reading is not whole
    missing DAY WALLET REASON               no capture closes DAY
    revoked DAY [ACCOUNT]                   the key was refused on that day's run
    unread DAY STREAM[/SCOPE]               that day's run did not read it to its end
    refused DAY STREAM                      that day's run got a record that is no JSON
    deposit|withdrawal TIME WALLET ASSET AMOUNT …
    trade TIME buy|sell AMOUNT BASE/QUOTE AMOUNT fee AMOUNT ASSET
    transfer TIME WALLET WALLET ASSET AMOUNT …
    dual TIME WALLET ASSET/ASSET AMOUNT     invested in the first, `settled TIME` in one of the two
    transaction TIME FROM TO ASSET AMOUNT … Fireblocks, FROM and TO are `vault/N` or `outside`
    expect DAY WALLET ASSET VERDICT …       `no_row` where the cell must not have one

A wallet is `spot`, `funding` or `vault/N`, after `NAME:` where the case has several accounts; an
asset is `BTC`, or `BTC.in_transit`. Times are UTC, like 2026-01-05T10:00:00. A record may be
`hidden` (the venue never shows it) or `shown DAY` (from that day's run on).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from itertools import count
from typing import Any

from tests.scenarios.landing import Account, Ledger, Record

KINDS = ("master", "sub_account", "workspace")
# How many words follow each option; `because` takes the rest of the line.
OPTIONS = {
    **dict.fromkeys(("hidden", "untimed"), 0),
    **dict.fromkeys(
        ("credited", "completed", "cancelled", "settled", "status", "shown", "mined", "height"), 1
    ),
    **dict.fromkeys(("withdrawing", "freeze", "pending", "made", "movement", "difference"), 1),
    **dict.fromkeys(("kind", "opening", "operation", "sub"), 1),
    "fee": 2,
}
ENDS = ("completed", "cancelled")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The default context rounds to 28 digits, which are fewer than an amount may have.
EXACT = Context(prec=80)


@dataclass
class Expectation:
    """What a case expects of one cell and day; None where it says nothing."""

    line: str
    account: str
    wallet: str
    asset: str
    component: str
    day: date
    verdict: str
    numbers: dict[str, Decimal] = field(default_factory=dict)
    kind: str | None = None
    reasons: list[str] | None = None


@dataclass
class Case:
    """A ledger and what should come of it."""

    name: str
    ledger: Ledger
    expectations: list[Expectation]


def read_case(name: str, text: str, number: int) -> Case:
    """Read a case; `number` keeps its ids apart from those of other cases."""
    reader = _Reader(name, number)
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if words:
            reader.read(line.strip(), words[0], words[1:])
    return Case(name, reader.ledger, reader.expectations)


def _split(words: list[str]) -> tuple[list[str], dict[str, list[str]]]:
    """Split the words of a line into its places and its options."""
    places: list[str] = []
    options: dict[str, list[str]] = {}
    rest = iter(words)
    for word in rest:
        if word == "because":
            options[word] = [" ".join(rest)]
        elif word in OPTIONS:
            options[word] = [next(rest) for _ in range(OPTIONS[word])]
        else:
            places.append(word)
    return places, options


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _ms(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(milliseconds=1)


def _always(payload: dict[str, Any]) -> Callable[[datetime], dict[str, Any]]:
    """Return the state of a record that never changes."""
    return lambda _: payload


class _Reader:
    def __init__(self, name: str, number: int) -> None:
        self.ledger = Ledger(owner=name)
        self.expectations: list[Expectation] = []
        self._ids = count(number * 1000 + 1)

    def read(self, line: str, word: str, words: list[str]) -> None:
        places, options = _split(words)
        if word == "expect":
            self._expect(line, places, options)
        else:
            getattr(self, f"_{word}")(places, options)

    # Who

    def _account(self, places: list[str], _: dict[str, list[str]]) -> None:
        name, kind, *environment = places
        assert kind in KINDS
        account = Account(name, kind, str(next(self._ids)), f"{name}@firm.example")
        account.environment = environment[0] if environment else account.environment
        self.ledger.accounts[name] = account

    def _place(self, text: str) -> tuple[str, str]:
        """Return the account's name and the wallet of `[NAME:]WALLET`."""
        first = next(iter(self.ledger.accounts), "")
        name, _, wallet = text.rpartition(":")
        return name or first, wallet

    # What was observed

    def _opening(self, places: list[str], options: dict[str, list[str]]) -> None:
        day, place, *held = places
        key = (date.fromisoformat(day), *self._place(place))
        rows = self.ledger.captures.setdefault(key, [])
        if held != ["nothing"]:
            asset, amount = held
            rows.append(self._balance(key[2], asset, Decimal(amount), options))

    _closing = _opening

    def _balance(
        self, wallet: str, asset: str, amount: Decimal, options: dict[str, list[str]]
    ) -> dict[str, str]:
        option = {name: values[0] for name, values in options.items() if values}
        if wallet.startswith("vault"):
            made = _instant(option.get("made", "2025-01-01T00:00:00"))
            return {
                "assetId": asset,
                "total": str(amount),
                "pending": option.get("pending", "0"),
                "blockHeight": option.get("height", ""),
                "creationTimestamp": str(_ms(made)),
            }
        frozen = Decimal(option.get("freeze", "0"))
        return {
            "asset": asset,
            "free": f"{EXACT.subtract(amount, frozen):f}",
            "locked": "0",
            "freeze": str(frozen),
            "withdrawing": option.get("withdrawing", "0"),
        }

    def _snapshot(self, places: list[str], _options: dict[str, list[str]]) -> None:
        day, place, asset, amount = places
        rows = self.ledger.snapshots.setdefault(
            (date.fromisoformat(day), self._place(place)[0]), []
        )
        rows.append({"asset": asset, "free": amount, "locked": "0"})

    def _torn(self, places: list[str], _options: dict[str, list[str]]) -> None:
        day, place = places
        self.ledger.torn.append((date.fromisoformat(day), *self._place(place)))

    def _missing(self, places: list[str], _: dict[str, list[str]]) -> None:
        day, place, reason = places
        self.ledger.missing[(date.fromisoformat(day), *self._place(place))] = reason

    def _revoked(self, places: list[str], _: dict[str, list[str]]) -> None:
        day, *names = places
        account = names[0] if names else next(iter(self.ledger.accounts))
        self.ledger.revoked.add((date.fromisoformat(day), account))

    def _unread(self, places: list[str], _: dict[str, list[str]]) -> None:
        day, what = places
        stream, _separator, scope = what.partition("/")
        self.ledger.unread.add((date.fromisoformat(day), stream, scope or None))

    def _refused(self, places: list[str], _: dict[str, list[str]]) -> None:
        day, stream = places
        name = next(iter(self.ledger.accounts))
        self.ledger.quarantined.append((date.fromisoformat(day), name, stream))

    # What happened

    def _record(
        self,
        stream: str,
        record_id: str,
        at: datetime,
        shown_to: tuple[str, ...],
        options: dict[str, list[str]],
        state: Callable[[datetime], dict[str, Any]],
    ) -> None:
        if "hidden" in options:
            return
        first_run = date.fromisoformat(options["shown"][0]) if "shown" in options else None
        record = Record(stream, record_id, at, state, shown_to, first_run)
        self.ledger.records.append(record)

    def _trade(self, places: list[str], options: dict[str, list[str]]) -> None:
        time, side, quantity, symbol, cost = places
        at, trade_id = _instant(time), next(self._ids)
        fee, fee_asset = options.get("fee", ["0", symbol.split("/")[1]])
        name, is_buyer = symbol.replace("/", ""), side == "buy"
        payload = {
            "symbol": name,
            "id": trade_id,
            "price": str(Decimal(cost) / Decimal(quantity)),
            "qty": quantity,
            "quoteQty": cost,
            "commission": fee,
            "commissionAsset": fee_asset,
            "time": _ms(at),
            "isBuyer": is_buyer,
        }
        record_id = f"{name}:{trade_id}:{str(is_buyer).lower()}"
        account = next(iter(self.ledger.accounts))
        self._record("spot_trades", record_id, at, (account,), options, _always(payload))

    def _deposit(self, places: list[str], options: dict[str, list[str]]) -> None:
        time, place, asset, amount = places
        at, (account, wallet), record_id = _instant(time), self._place(place), str(next(self._ids))
        credited = _instant(options.get("credited", [time])[0])

        def state(now: datetime) -> dict[str, Any]:
            is_credited = credited < now and "status" not in options
            is_timed = is_credited and "untimed" not in options
            done = {"completeTime": _ms(credited)} if is_timed else {}
            status = int(options.get("status", ["1" if is_credited else "0"])[0])
            return {
                "id": record_id,
                "amount": amount,
                "coin": asset,
                "status": status,
                "insertTime": _ms(at),
                "walletType": 1 if wallet == "funding" else 0,
                **done,
            }

        self._record("deposits", record_id, at, (account,), options, state)

    def _withdrawal(self, places: list[str], options: dict[str, list[str]]) -> None:
        time, place, asset, amount = places
        at, (account, wallet), record_id = _instant(time), self._place(place), str(next(self._ids))
        fee = options.get("fee", ["0", asset])[0]
        ends = {word: _instant(options[word][0]) for word in ENDS if word in options}

        def state(now: datetime) -> dict[str, Any]:
            status, told = 4, {}
            if "completed" in ends and ends["completed"] < now:
                status, told = 6, {"completeTime": f"{ends['completed']:%Y-%m-%d %H:%M:%S}"}
            if "cancelled" in ends and ends["cancelled"] < now:
                status = 1
            return {
                "id": record_id,
                "amount": amount,
                "transactionFee": fee,
                "coin": asset,
                "status": int(options.get("status", [str(status)])[0]),
                "applyTime": f"{at:%Y-%m-%d %H:%M:%S}",
                "walletType": 1 if wallet == "funding" else 0,
                **told,
            }

        self._record("withdrawals", record_id, at, (account,), options, state)

    def _dual(self, places: list[str], options: dict[str, list[str]]) -> None:
        time, place, assets, amount = places
        at, (account, _), record_id = _instant(time), self._place(place), str(next(self._ids))
        invested, exercised = assets.split("/")
        settled = _instant(options["settled"][0])

        def state(now: datetime) -> dict[str, Any]:
            return {
                "id": record_id,
                "investCoin": invested,
                "exercisedCoin": exercised,
                "subscriptionAmount": amount,
                "purchaseStatus": "SETTLED" if settled < now else "PURCHASE_SUCCESS",
                "settleDate": _ms(settled.replace(hour=8, minute=0)),
                "subscriptionTime": _ms(at),
            }

        self._record("dual_investments", record_id, at, (account,), options, state)

    def _transfer(self, places: list[str], options: dict[str, list[str]]) -> None:
        time, source, target, asset, amount = places
        at, tran_id = _instant(time), next(self._ids)
        (sender, from_wallet), (receiver, to_wallet) = self._place(source), self._place(target)
        status = options.get("status", ["SUCCESS"])[0]
        told: dict[str, Any] = {"tranId": tran_id, "asset": asset, "status": status}
        words = {"spot": ("MAIN", "SPOT"), "funding": ("FUNDING", "FUNDING")}
        if sender == receiver:
            way = f"{words[from_wallet][0]}_{words[to_wallet][0]}"
            payload = told | {"type": way, "amount": amount, "timestamp": _ms(at)}
            self._record("asset_transfers", str(tran_id), at, (sender,), options, _always(payload))
            return
        told |= {"fromAccountType": words[from_wallet][1], "toAccountType": words[to_wallet][1]}
        emails = {"fromEmail": f"{sender}@firm.example", "toEmail": f"{receiver}@firm.example"}
        by_master = told | emails | {"amount": amount, "createTimeStamp": _ms(at)}
        masters = tuple(a.name for a in self.ledger.accounts.values() if a.kind == "master")
        self._record("universal_transfers", str(tran_id), at, masters, options, _always(by_master))
        for name, other, kind in ((receiver, sender, 1), (sender, receiver, 2)):
            account = self.ledger.accounts.get(name)
            if account is not None and account.kind == "sub_account":
                counterparty = "master" if other in masters else "subAccount"
                by_sub = told | {"type": kind, "qty": amount, "time": _ms(at)}
                by_sub |= {"email": f"{other}@firm.example", "counterParty": counterparty}
                self._record(
                    "sub_account_transfers", str(tran_id), at, (name,), options, _always(by_sub)
                )

    def _transaction(self, places: list[str], options: dict[str, list[str]]) -> None:
        time, source, target, asset, amount = places
        at, record_id = _instant(time), f"tx-{next(self._ids)}"
        fee, fee_asset = options.get("fee", ["0", asset])
        mined = _instant(options["mined"][0]) if "mined" in options else None
        completed = _instant(options["completed"][0]) if "completed" in options else None

        def peer(place: str) -> dict[str, Any]:
            if place.startswith("vault/"):
                return {"type": "VAULT_ACCOUNT", "id": place.removeprefix("vault/"), "name": place}
            return {"type": "UNKNOWN", "id": None, "name": "External"}

        def state(now: datetime) -> dict[str, Any]:
            status = "CONFIRMING" if source == "outside" else "SUBMITTED"
            is_mined = mined is not None and mined < now
            if is_mined:
                status = "CONFIRMING"
            is_ended = completed is not None and completed < now
            if is_ended:
                status = options.get("status", ["COMPLETED"])[0]
            has_block = is_mined and "height" in options
            block = {"blockHeight": options["height"][0]} if has_block else {}
            return {
                "id": record_id,
                "operation": options.get("operation", ["TRANSFER"])[0],
                "status": status,
                "subStatus": options["sub"][0] if "sub" in options and is_ended else "",
                "assetId": asset,
                "source": peer(source),
                "destination": peer(target),
                "amountInfo": {"amount": amount, "netAmount": amount},
                "feeInfo": {"networkFee": fee},
                "feeCurrency": fee_asset,
                "txHash": f"0x{record_id}" if is_mined else "",
                "blockInfo": block,
                "destinations": [],
                "createdAt": _ms(at),
            }

        account = next(iter(self.ledger.accounts))
        self._record("transactions", record_id, at, (account,), options, state)

    # What should come of it

    def _expect(self, line: str, places: list[str], options: dict[str, list[str]]) -> None:
        day, place, cell, verdict = places
        account, wallet = self._place(place)
        asset, _, component = cell.partition(".")
        numbers: dict[str, Decimal] = {
            name: Decimal(options[name][0])
            for name in ("movement", "difference", "opening")
            if name in options
        }
        told = options.get("because")
        reasons = [reason.strip() for reason in told[0].split(",")] if told else None
        self.expectations.append(
            Expectation(
                line,
                account,
                wallet,
                asset,
                component or "balance",
                date.fromisoformat(day),
                verdict,
                numbers,
                options["kind"][0] if "kind" in options else None,
                reasons,
            )
        )
