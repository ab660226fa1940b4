"""What the faces that look over whole accounts show, and that they show no other balances."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from coinfrs_pipelines.emulator.binance.market import ASSETS, UNTRADED

if TYPE_CHECKING:
    from tests.integration.emulator_binance.conftest import OpenVenue, Venue

WALLETS = "/sapi/v1/asset/wallet/balance"
COINS = "/sapi/v1/capital/config/getall"
SUB_ASSETS = "/sapi/v4/sub-account/assets"
SUB_MARGIN = "/sapi/v1/sub-account/margin/account"
SUB_FUTURES = "/sapi/v2/sub-account/futures/account"
NAMES = {
    "Spot": ("spot",),
    "Funding": ("funding",),
    "Cross Margin": ("cross_margin",),
    "USDⓈ-M Futures": ("um_futures",),
    "COIN-M Futures": ("cm_futures",),
    "Earn": ("earn_flexible", "earn_locked"),
    "Options": ("options",),
}


def test_account_info_tells_what_was_opened(venue: Venue) -> None:
    told = [venue.read("/sapi/v1/account/info", venue.credential(n)) for n in range(3)]
    flags = (
        *("isMarginEnabled", "isFutureEnabled", "isOptionsEnabled"),
        "isPortfolioMarginRetailEnabled",
    )
    assert [[answer[flag] for flag in flags] for answer in told] == [
        [True, True, True, True],
        [True, True, False, False],
        [False, False, False, False],
    ]
    assert venue.read("/sapi/v1/account/status", venue.credential(2)) == {"data": "Normal"}


def test_the_overview_of_wallets_is_the_truth_of_each(venue: Venue) -> None:
    now = venue.emulation.clock.now()
    for position in range(3):
        key = venue.credential(position)
        rows = venue.read(WALLETS, key, needBalanceDetail="true")
        assert len(rows) == 10
        shown = {row["walletName"]: row["assetBalances"] for row in rows}
        truth: dict[tuple[str, str, str], Decimal] = {}
        for cell, amount in venue.world.positions(now).items():
            if cell.account_ref == key["account_ref"] and amount:
                truth[cell.wallet, cell.asset, cell.component] = amount
        for name, wallets in NAMES.items():
            balances: dict[str, Decimal] = {}
            for (wallet, asset, component), amount in truth.items():
                if wallet in wallets and component == "balance":
                    balances[asset] = balances.get(asset, Decimal(0)) + amount
            parts = ("free", "locked", "freeze")
            sums = {row["asset"]: sum(Decimal(row[part]) for part in parts) for row in shown[name]}
            assert {asset: amount for asset, amount in sums.items() if amount} == balances, name
        assert shown["Trading Bots"] == shown["Copy Trading"] == []


def test_the_overview_tells_totals_in_any_coin_and_no_detail_unless_asked(venue: Venue) -> None:
    key = venue.credential(0)
    in_btc, in_usdt = (
        {row["walletName"]: row for row in venue.read(WALLETS, key, **given)}
        for given in ({}, {"quoteAsset": "USDT"})
    )
    assert "assetBalances" not in in_btc["Spot"]
    assert Decimal(in_usdt["Spot"]["balance"]) > 1_000 * Decimal(in_btc["Spot"]["balance"]) > 0
    assert venue.refusal(WALLETS, key, quoteAsset="NOSUCH") == (400, -1130)
    others = {
        row["walletName"]: row["activate"] for row in venue.read(WALLETS, venue.credential(2))
    }
    assert [name for name, is_active in others.items() if not is_active] == [
        "Cross Margin",
        "Isolated Margin",
        "USDⓈ-M Futures",
        "COIN-M Futures",
        "Options",
    ]


def test_the_list_of_coins_is_that_of_the_exchange_with_the_spot_wallet(venue: Venue) -> None:
    for position in range(3):
        key = venue.credential(position)
        coins = {row["coin"]: row for row in venue.read(COINS, key)}
        assert set(coins) == {*ASSETS, *UNTRADED}
        spot = {row["asset"]: row for row in venue.read("/sapi/v3/asset/getUserAsset", key)}
        for asset, coin in coins.items():
            for part in ("free", "locked", "freeze", "withdrawing"):
                assert coin[part] == (spot[asset][part] if asset in spot else "0")
    assert coins["BTC"]["networkList"][0]["minConfirm"] == 2


def test_a_master_sees_what_its_subs_see(venue: Venue) -> None:
    for position in (1, 2):
        email = venue.world.binance.accounts[position].email
        rows = venue.read(SUB_ASSETS, venue.credential(0), email=email)["balances"]
        own = venue.read("/sapi/v3/asset/getUserAsset", venue.credential(position))
        assert {row["asset"]: row["free"] for row in rows} == {
            row["asset"]: row["free"] for row in own
        }
        assert all(isinstance(value, str) for row in rows for value in row.values())
        assert venue.refusal(SUB_ASSETS, venue.credential(position), email=email) == (
            400,
            100001002,
        )


def test_a_master_sees_the_margin_and_futures_wallets_of_its_subs(venue: Venue) -> None:
    now = venue.emulation.clock.now()
    sub, master = venue.world.binance.accounts[1], venue.credential(0)
    shown: dict[tuple[str, str, str], Decimal] = {}
    for row in venue.read(SUB_MARGIN, master, email=sub.email)["marginUserAssetVoList"]:
        place = ("cross_margin", row["asset"])
        shown[*place, "balance"] = Decimal(row["free"]) + Decimal(row["locked"])
        shown[*place, "loan"] = Decimal(row["borrowed"])
        shown[*place, "interest"] = Decimal(row["interest"])
    for kind, wallet, written_as in (
        ("1", "um_futures", "futureAccountResp"),
        ("2", "cm_futures", "deliveryAccountResp"),
    ):
        told = venue.read(SUB_FUTURES, master, email=sub.email, futuresType=kind)
        assert list(told) == [written_as]
        for row in told[written_as]["assets"]:
            shown[wallet, row["asset"], "balance"] = Decimal(row["walletBalance"])
    wallets = {"cross_margin", "um_futures", "cm_futures"}
    assert {wallet for wallet, _, _ in shown} >= {"cross_margin", "um_futures"}
    assert {place: amount for place, amount in shown.items() if amount} == {
        (cell.wallet, cell.asset, cell.component): amount
        for cell, amount in venue.world.positions(now).items()
        if cell.account_ref == str(sub.uid) and cell.wallet in wallets and amount
    }


def test_a_stranger_and_the_master_itself_are_no_sub(venue: Venue) -> None:
    for email in ("who@example.com", venue.world.binance.master.email):
        assert venue.refusal(SUB_ASSETS, venue.credential(0), email=email) == (400, -5021)
    assert venue.refusal(SUB_ASSETS, venue.credential(0)) == (400, -1102)


def test_snapshots_of_a_product_are_there_for_those_who_have_it(venue: Venue) -> None:
    for kind in ("MARGIN", "FUTURES"):
        counts = []
        for position in range(3):
            answer = venue.read("/sapi/v1/accountSnapshot", venue.credential(position), type=kind)
            assert answer["code"] == 200
            counts.append(len(answer["snapshotVos"]))
        assert counts == [7, 7, 0]


def test_market_data_wants_a_key_and_no_signature(venue: Venue) -> None:
    path, headers = (
        "/sapi/v1/spot/delist-schedule",
        {"X-MBX-APIKEY": venue.credential(1)["api_key"]},
    )
    answer = venue.http.get(path, headers=headers)
    to_come = [{"delistTime": 4073511600000, "symbols": ["LDOUSDT"]}]
    assert (answer.status_code, answer.json()) == (200, to_come)
    assert answer.headers["X-SAPI-USED-IP-WEIGHT-1M"] == "100"
    assert venue.http.get(path).json()["code"] == -2014


@pytest.mark.parametrize("host", ["api/v3", "fapi/v1", "dapi/v1", "eapi/v1"])
def test_every_host_tells_the_time_and_counts_for_itself(open_venue: OpenVenue, host: str) -> None:
    venue = open_venue(limits_factor=1)
    venue.http.get("/api/v3/exchangeInfo")
    answer = venue.http.get(f"/{host}/time")
    assert answer.json() == {"serverTime": 1768349100000}
    used = "21" if host == "api/v3" else "1"
    assert answer.headers["X-MBX-USED-WEIGHT-1M"] == used


def test_exchange_info_names_what_smart_order_routing_splits(venue: Venue) -> None:
    told = venue.http.get("/api/v3/exchangeInfo").json()
    symbols = {row["symbol"] for row in told["symbols"]}
    assert [set(row["symbols"]) <= symbols for row in told["sors"]] == [True]
