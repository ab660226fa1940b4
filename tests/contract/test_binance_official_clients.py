"""The official Binance clients parse every face of spot, capital and the account without complaint.

The other families of records have a module of their own beside this one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from binance_common.errors import (
    BadRequestError,
    RateLimitBanError,
    TooManyRequestsError,
    UnauthorizedError,
)
from binance_sdk_derivatives_trading_coin_futures.derivatives_trading_coin_futures import (
    DerivativesTradingCoinFutures,
)
from binance_sdk_derivatives_trading_options.derivatives_trading_options import (
    DerivativesTradingOptions,
)
from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import (
    DerivativesTradingUsdsFutures,
)
from binance_sdk_spot.spot import Spot
from binance_sdk_sub_account.sub_account import SubAccount
from binance_sdk_wallet.wallet import Wallet

from coinfrs_pipelines.emulator.binance.faces import MODULES as FACE_MODULES
from coinfrs_pipelines.emulator.binance.faces import (
    account,
    capital,
    exchange,
    overviews,
    snapshots,
    trades,
    transfers,
)

if TYPE_CHECKING:
    from tests.contract.conftest import Ask, Binance, Clients

MASTER, SUB = 0, 1
MODULES = (account, capital, exchange, overviews, snapshots, trades, transfers)


def email(binance: Binance) -> str:
    return str(binance.world.accounts[1].email)


FACE_CALLS: dict[str, tuple[int, Ask]] = {
    "time": (MASTER, lambda c, _: c.of(Spot).time()),
    "time of USD-margined futures": (
        MASTER,
        lambda c, _: c.of(DerivativesTradingUsdsFutures).check_server_time(),
    ),
    "time of coin-margined futures": (
        MASTER,
        lambda c, _: c.of(DerivativesTradingCoinFutures).check_server_time(),
    ),
    "time of options": (
        MASTER,
        lambda c, _: c.of(DerivativesTradingOptions).check_server_time(),
    ),
    "exchange_info": (MASTER, lambda c, _: c.of(Spot).exchange_info()),
    "some symbols": (
        MASTER,
        lambda c, _: c.of(Spot).exchange_info(symbols=["BTCUSDT", "ETHBTC"]),
    ),
    "delistings": (MASTER, lambda c, _: c.of(Wallet).get_symbols_delist_schedule_for_spot()),
    "account": (MASTER, lambda c, _: c.of(Spot).get_account()),
    "account without zeros": (SUB, lambda c, _: c.of(Spot).get_account(omit_zero_balances=True)),
    "account info": (MASTER, lambda c, _: c.of(Wallet).account_info()),
    "account status": (MASTER, lambda c, _: c.of(Wallet).account_status()),
    "trades by id": (
        MASTER,
        lambda c, _: c.of(Spot).my_trades("TRXUSDT", from_id=0, limit=1000),
    ),
    "recent trades": (SUB, lambda c, _: c.of(Spot).my_trades("DOGEUSDT")),
    "trades outside ascii": (MASTER, lambda c, _: c.of(Spot).my_trades("币安人生USDT")),
    "user assets": (MASTER, lambda c, _: c.of(Wallet).user_asset()),
    "valued assets": (MASTER, lambda c, _: c.of(Wallet).user_asset(need_btc_valuation=True)),
    "funding": (MASTER, lambda c, _: c.of(Wallet).funding_wallet()),
    "all coins": (MASTER, lambda c, _: c.of(Wallet).all_coins_information()),
    "all wallets": (MASTER, lambda c, _: c.of(Wallet).query_user_wallet_balance()),
    "all wallets in detail": (
        SUB,
        lambda c, _: c.of(Wallet).query_user_wallet_balance("USDT", need_balance_detail=True),
    ),
    "deposits": (MASTER, lambda c, _: c.of(Wallet).deposit_history()),
    "withdrawals": (MASTER, lambda c, _: c.of(Wallet).withdraw_history()),
    "own transfers": (
        MASTER,
        lambda c, b: c.of(Wallet).query_user_universal_transfer_history(
            "MAIN_FUNDING", size=100, **b.window
        ),
    ),
    "spot snapshots": (
        MASTER,
        lambda c, b: c.of(Wallet).daily_account_snapshot("SPOT", limit=30, **b.window),
    ),
    "margin snapshots": (
        MASTER,
        lambda c, b: c.of(Wallet).daily_account_snapshot("MARGIN", limit=30, **b.window),
    ),
    "futures snapshots": (
        SUB,
        lambda c, b: c.of(Wallet).daily_account_snapshot("FUTURES", limit=30, **b.window),
    ),
    "permissions": (MASTER, lambda c, _: c.of(Wallet).get_api_key_permission()),
    "sub-accounts": (
        MASTER,
        lambda c, _: c.of(SubAccount).query_sub_account_list(page=1, limit=200),
    ),
    "one sub-account": (
        MASTER,
        lambda c, b: c.of(SubAccount).query_sub_account_list(email=email(b)),
    ),
    "universal transfers": (
        MASTER,
        lambda c, b: c.of(SubAccount).query_universal_transfer_history(
            from_email=email(b), **b.window
        ),
    ),
    "transfers into a sub": (
        SUB,
        lambda c, b: c.of(SubAccount).sub_account_transfer_history(type=1, **b.window),
    ),
}
EMPTY = {"trades outside ascii"}


@pytest.mark.parametrize("name", FACE_CALLS)
def test_an_official_client_reads_the_face_into_its_own_types(
    binance: Binance, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The typed answer has every key and value of the wire; the client logs what it cannot type."""
    wire = binance.read_whole(*FACE_CALLS[name], caplog)
    assert bool(rows_of(wire)) is (name not in EMPTY)


def rows_of(wire: Any) -> Any:
    """Return what must not be empty, or the comparison would prove nothing."""
    for name in ("symbols", "rows", "result", "snapshotVos", "subAccounts", "balances"):
        if name in wire:
            return wire[name]
    return wire


def test_every_face_is_among_those_that_are_read(binance: Binance) -> None:
    """A new face needs a call in the table above."""
    faces = {(face.method, face.path) for module in MODULES for face in module.FACES}
    assert binance.asked_by(FACE_CALLS) == faces


def test_every_other_module_of_faces_has_a_table_of_its_own() -> None:
    texts = [path.read_text() for path in Path(__file__).parent.glob("test_binance_*_clients.py")]
    others = [
        module.__name__.rpartition(".")[2] for module in FACE_MODULES if module not in MODULES
    ]
    missing = [name for name in others if not any(f"{name}.FACES" in text for text in texts)]
    assert missing == []


def test_the_official_client_finds_the_weight_that_it_used(binance: Binance) -> None:
    spot = binance.family[MASTER].of(Spot)
    before, after = (spot.time().rate_limits for _ in range(2))
    assert (before[0].rateLimitType, before[0].interval) == ("REQUEST_WEIGHT", "MINUTE")
    assert after[0].count - before[0].count == 1 or after[0].count == 1


def test_a_refusal_is_the_official_clients_own_error(
    binance: Binance, open_clients: Callable[[str, Mapping[str, str]], Clients]
) -> None:
    key = binance.credentials[MASTER]
    stranger = open_clients(binance.url, {"api_key": "0" * 64, "api_secret": "0" * 64})
    forger = open_clients(binance.url, {**key, "api_secret": "0" * 64})
    with pytest.raises(UnauthorizedError, match="Invalid API-key"):
        stranger.of(Spot).get_account()
    with pytest.raises(UnauthorizedError, match="Invalid API-key"):
        stranger.of(Wallet).get_symbols_delist_schedule_for_spot()
    with pytest.raises(BadRequestError, match="Signature"):
        forger.of(Spot).get_account()
    with pytest.raises(BadRequestError, match="Invalid symbol"):
        binance.family[MASTER].of(Spot).my_trades("NOSUCH")
    with pytest.raises(BadRequestError, match="unsupported operation"):
        binance.family[SUB].of(SubAccount).query_sub_account_list()


def test_the_official_client_sees_a_full_minute_and_then_a_ban(
    binance_within_its_limits: Binance,
) -> None:
    clients = binance_within_its_limits.family[MASTER]
    with pytest.raises(TooManyRequestsError) as refused:
        _snapshots(clients)
    assert 1 <= (refused.value.retry_after or 0) <= 60
    with pytest.raises(RateLimitBanError) as banned:
        _snapshots(clients, despite=(TooManyRequestsError,))
    assert 119 <= (banned.value.retry_after or 0) <= 120


def _snapshots(clients: Clients, *, despite: tuple[type[Exception], ...] = ()) -> None:
    """Read snapshots, each 2400 of the 12,000 of a minute, until that is refused."""
    for _ in range(30):
        with suppress(*despite):
            clients.of(Wallet).daily_account_snapshot("SPOT")
