"""The official Binance clients, pointed at the emulator, parse every face without a complaint.

They sign, encode and type as Binance publishes it, so that an emulator that they accept is not
merely one that our own connector agrees with. They sign with real time: the venue clock runs at
real now.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests
from binance_common.configuration import ConfigurationRestAPI
from binance_common.errors import (
    BadRequestError,
    RateLimitBanError,
    TooManyRequestsError,
    UnauthorizedError,
)
from binance_sdk_spot.spot import Spot
from binance_sdk_sub_account.sub_account import SubAccount
from binance_sdk_wallet.wallet import Wallet

from coinfrs_pipelines.emulator.app import serve
from coinfrs_pipelines.emulator.binance.faces import FACES
from coinfrs_pipelines.emulator.clock import VenueClock
from coinfrs_pipelines.emulator.emulation import Emulation

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = 86_400_000
# Old enough that all of its events have happened, young enough for the snapshots of a month.
AGE = timedelta(days=13)
DAYS = 9


class Clients:
    """The three official clients of one account, and the wire of their last answer."""

    def __init__(self, url: str, credential: dict[str, str]) -> None:
        configuration = {
            "api_key": credential["api_key"],
            "api_secret": credential["api_secret"],
            "base_path": url,
            "timeout": 10_000,
        }
        self.spot = Spot(ConfigurationRestAPI(**configuration)).rest_api
        self.wallet = Wallet(ConfigurationRestAPI(**configuration)).rest_api
        self.sub_account = SubAccount(ConfigurationRestAPI(**configuration)).rest_api
        self.wire: Any = None
        self.asked: set[tuple[str, str]] = set()
        for client in (self.spot, self.wallet, self.sub_account):
            client._session.hooks["response"].append(self._see)  # noqa: SLF001  # There is no other way in.

    def _see(self, response: requests.Response, **_: object) -> None:
        self.wire = json.loads(response.text)
        path = str(response.request.path_url).partition("?")[0]
        self.asked.add((str(response.request.method), path))

    def close(self) -> None:
        for client in (self.spot, self.wallet, self.sub_account):
            client._session.close()  # noqa: SLF001  # As above.


def plain(model: Any) -> Any:
    """Return a typed model as the JSON that it was read from; what it did not take is missing."""
    if isinstance(model, list):
        return [plain(entry) for entry in model]
    if hasattr(model, "actual_instance"):
        return plain(model.actual_instance)
    if hasattr(model, "to_dict"):
        return plain(model.to_dict())
    if isinstance(model, dict):
        return {key: plain(value) for key, value in model.items() if key != "additional_properties"}
    return model


@pytest.fixture(scope="module")
def venue() -> Iterator[tuple[str, Emulation]]:
    emulation = Emulation(VenueClock(), limits_factor=Decimal(1_000))
    start = (datetime.now(UTC) - AGE).replace(hour=0, minute=0, second=0, microsecond=0)
    emulation.add_world(7, start, DAYS)
    with serve(emulation) as running:
        yield running.url, emulation


@pytest.fixture(scope="module")
def family(venue: tuple[str, Emulation]) -> Iterator[list[Clients]]:
    """Return the clients of the master and of the two sub-accounts."""
    url, emulation = venue
    credentials = emulation.worlds["w0"].binance.credentials()
    clients = [Clients(url, credential) for credential in credentials]
    yield clients
    for client in clients:
        client.close()


def window(venue: tuple[str, Emulation]) -> dict[str, int]:
    start = venue[1].worlds["w0"].start
    first = (start - EPOCH) // timedelta(milliseconds=1)
    return {"start_time": first, "end_time": first + 6 * DAY}


MASTER, SUB = 0, 1
Call = Callable[[Clients, dict[str, int], Emulation], Any]

FACE_CALLS: dict[str, tuple[int, Call]] = {
    "time": (MASTER, lambda c, _w, _e: c.spot.time()),
    "exchange_info": (MASTER, lambda c, _w, _e: c.spot.exchange_info()),
    "some symbols": (MASTER, lambda c, _w, _e: c.spot.exchange_info(symbols=["BTCUSDT", "ETHBTC"])),
    "account": (MASTER, lambda c, _w, _e: c.spot.get_account()),
    "account without zeros": (SUB, lambda c, _w, _e: c.spot.get_account(omit_zero_balances=True)),
    "trades by id": (MASTER, lambda c, _w, _e: c.spot.my_trades("TRXUSDT", from_id=0, limit=1000)),
    "recent trades": (SUB, lambda c, _w, _e: c.spot.my_trades("DOGEUSDT")),
    "trades outside ascii": (MASTER, lambda c, _w, _e: c.spot.my_trades("币安人生USDT")),
    "user assets": (MASTER, lambda c, _w, _e: c.wallet.user_asset()),
    "valued assets": (MASTER, lambda c, _w, _e: c.wallet.user_asset(need_btc_valuation=True)),
    "funding": (MASTER, lambda c, _w, _e: c.wallet.funding_wallet()),
    "deposits": (MASTER, lambda c, _w, _e: c.wallet.deposit_history()),
    "withdrawals": (MASTER, lambda c, _w, _e: c.wallet.withdraw_history()),
    "own transfers": (
        MASTER,
        lambda c, w, _e: c.wallet.query_user_universal_transfer_history(
            "MAIN_FUNDING", size=100, **w
        ),
    ),
    "snapshots": (MASTER, lambda c, w, _e: c.wallet.daily_account_snapshot("SPOT", limit=30, **w)),
    "permissions": (MASTER, lambda c, _w, _e: c.wallet.get_api_key_permission()),
    "sub-accounts": (
        MASTER,
        lambda c, _w, _e: c.sub_account.query_sub_account_list(page=1, limit=200),
    ),
    "one sub-account": (
        MASTER,
        lambda c, _w, e: c.sub_account.query_sub_account_list(
            email=e.worlds["w0"].binance.accounts[1].email
        ),
    ),
    "universal transfers": (
        MASTER,
        lambda c, w, e: c.sub_account.query_universal_transfer_history(
            from_email=e.worlds["w0"].binance.accounts[1].email, **w
        ),
    ),
    "transfers into a sub": (
        SUB,
        lambda c, w, _e: c.sub_account.sub_account_transfer_history(type=1, **w),
    ),
}


@pytest.mark.parametrize("name", FACE_CALLS)
def test_an_official_client_reads_the_face_into_its_own_types(
    venue: tuple[str, Emulation],
    family: list[Clients],
    name: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The typed answer has every key and value of the wire; the client logs what it cannot type."""
    position, call = FACE_CALLS[name]
    clients = family[position]
    with caplog.at_level(logging.WARNING):
        answer = call(clients, window(venue), venue[1])
        data = answer.data()
    assert caplog.messages == []
    assert not isinstance(data, dict)
    assert plain(data) == clients.wire
    assert rows_of(clients.wire) or name == "trades outside ascii"


def rows_of(wire: Any) -> Any:
    """Return what must not be empty, or the comparison would prove nothing."""
    for name in ("symbols", "rows", "result", "snapshotVos", "subAccounts", "balances"):
        if name in wire:
            return wire[name]
    return wire


def test_every_face_is_among_those_that_are_read(
    venue: tuple[str, Emulation], family: list[Clients]
) -> None:
    """A new face needs a call in the table above."""
    for position, call in FACE_CALLS.values():
        call(family[position], window(venue), venue[1])
    asked = set.union(*(clients.asked for clients in family))
    assert {(face.method, face.path) for face in FACES} == asked


def test_the_official_client_finds_the_weight_that_it_used(family: list[Clients]) -> None:
    before, after = (family[MASTER].spot.time().rate_limits for _ in range(2))
    assert (before[0].rateLimitType, before[0].interval) == ("REQUEST_WEIGHT", "MINUTE")
    assert after[0].count - before[0].count == 1 or after[0].count == 1


def test_a_refusal_is_the_official_clients_own_error(
    venue: tuple[str, Emulation], family: list[Clients]
) -> None:
    url, emulation = venue
    stranger = Clients(url, {"api_key": "0" * 64, "api_secret": "0" * 64})
    key = emulation.worlds["w0"].binance.credentials()[MASTER]
    forger = Clients(url, {**key, "api_secret": "0" * 64})
    with pytest.raises(UnauthorizedError, match="Invalid API-key"):
        stranger.spot.get_account()
    with pytest.raises(BadRequestError, match="Signature"):
        forger.spot.get_account()
    with pytest.raises(BadRequestError, match="Invalid symbol"):
        family[MASTER].spot.my_trades("NOSUCH")
    with pytest.raises(BadRequestError, match="unsupported operation"):
        family[SUB].sub_account.query_sub_account_list()
    stranger.close()
    forger.close()


def test_the_official_client_sees_a_full_minute_and_then_a_ban() -> None:
    emulation = Emulation(VenueClock(), limits_factor=Decimal(1))
    start = (datetime.now(UTC) - AGE).replace(hour=0, minute=0, second=0, microsecond=0)
    emulation.add_world(7, start, DAYS)
    with serve(emulation) as running:
        credential = emulation.worlds["w0"].binance.credentials()[MASTER]
        clients = Clients(running.url, credential)
        with pytest.raises(TooManyRequestsError) as refused:
            _snapshots(clients)
        assert 1 <= (refused.value.retry_after or 0) <= 60
        with pytest.raises(RateLimitBanError) as banned:
            _snapshots(clients, despite=(TooManyRequestsError,))
        assert 119 <= (banned.value.retry_after or 0) <= 120
        clients.close()


def _snapshots(clients: Clients, *, despite: tuple[type[Exception], ...] = ()) -> None:
    """Read snapshots, each 2400 of the 12,000 of a minute, until that is refused."""
    for _ in range(30):
        with suppress(*despite):
            clients.wallet.daily_account_snapshot("SPOT")
