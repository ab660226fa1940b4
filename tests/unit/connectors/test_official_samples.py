"""The venues' own sample answers are cut, named, dated and classified as declared.

The files are those of the official documentation, connectors' fixtures and specifications; where
they come from is told in tests/samples/README.md.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from coinfrs_pipelines.connectors import payloads
from coinfrs_pipelines.connectors.binance import permissions
from coinfrs_pipelines.connectors.binance.positions import account_snapshots
from coinfrs_pipelines.connectors.binance.positions import capture as capture_wallet
from coinfrs_pipelines.connectors.binance.streams import (
    capital,
    earn,
    futures,
    loans,
    portfolio,
    reference,
    spot,
    staking,
    transfers,
)
from coinfrs_pipelines.connectors.binance.wallets import (
    CM_FUTURES,
    EARN_FLEXIBLE,
    EARN_LOCKED,
    FUNDING,
    OPTIONS,
    PORTFOLIO_MARGIN,
    SPOT,
    UM_FUTURES,
    Wallet,
)
from coinfrs_pipelines.connectors.errors import Permanent, Transient, Unauthorised
from coinfrs_pipelines.connectors.errors import classify_fireblocks as classify
from coinfrs_pipelines.connectors.fireblocks import streams as fireblocks_streams
from coinfrs_pipelines.connectors.http import VenueClient
from coinfrs_pipelines.connectors.positions import Reading
from coinfrs_pipelines.connectors.streams import Stream


def capture_spot(client: VenueClient) -> Reading:
    [reading] = capture_wallet(client, SPOT)
    return reading


def capture_funding(client: VenueClient) -> Reading:
    [reading] = capture_wallet(client, FUNDING)
    return reading


SAMPLES = Path(__file__).parents[2] / "samples"


def _binance(name: str) -> bytes:
    return (SAMPLES / "binance" / f"{name}.json").read_bytes()


def _fireblocks(name: str) -> bytes:
    return (SAMPLES / "fireblocks" / f"{name}.json").read_bytes()


@pytest.mark.parametrize(
    ("stream", "name", "expected"),
    [
        (
            spot.SPOT_TRADES,
            "GET_api_v3_myTrades",
            [("BNBBTC:28457:true", "2017-07-12T13:19:09.590000")],
        ),
        (
            spot.SPOT_ORDERS,
            "GET_api_v3_allOrders",
            [("LTCBTC:1", "2017-07-12T02:41:59.559000")],
        ),
        (
            capital.DEPOSITS,
            "GET_sapi_v1_capital_deposit_hisrec",
            [
                ("769800519366885376", "2022-08-26T05:52:26"),
                ("769754833590042625", "2020-09-09T02:54:42"),
            ],
        ),
        (
            capital.WITHDRAWALS,
            "GET_sapi_v1_capital_withdraw_history",
            [
                ("b6ae22b3aa844210a7041aee7589627c", "2019-10-12T11:12:02"),
                ("156ec387f49b41df8724fa744fa82719", "2019-09-24T12:43:45"),
            ],
        ),
        (
            transfers.ASSET_TRANSFERS,
            "GET_sapi_v1_asset_transfer",
            [("11415955596", "2018-12-10T09:15:28"), ("11366865406", "2018-12-10T09:15:28")],
        ),
        (
            transfers.SUB_ACCOUNT_TRANSFERS,
            "GET_sapi_v1_sub-account_transfer_subUserHistory",
            [("11798835829", "2018-12-10T09:15:25"), ("11798829519", "2018-12-10T09:15:26")],
        ),
        # A time in seconds, and one that is text.
        (
            staking.SOL_BOOST_REWARDS,
            "GET_sapi_v1_sol-staking_sol_history_boostRewardsHistory",
            [("1729520680:SOL:1.20291028", "2024-10-21T14:24:40")],
        ),
        (
            loans.VIP_LOAN_REPAYS,
            "GET_sapi_v1_loan_vip_repay_history",
            [("756783308056935434:1575018510000", "2019-11-29T09:08:30")],
        ),
        (
            earn.FLEXIBLE_SUBSCRIPTIONS,
            "GET_sapi_v1_simple-earn_flexible_history_subscriptionRecord",
            [("26055", "2019-11-29T09:08:30")],
        ),
        (
            earn.LOCKED_SUBSCRIPTIONS,
            "GET_sapi_v1_simple-earn_locked_history_subscriptionRecord",
            [("26055", "2019-11-29T09:08:30")],
        ),
        (
            earn.LOCKED_REDEMPTIONS,
            "GET_sapi_v1_simple-earn_locked_history_redemptionRecord",
            [("40607", "2019-11-29T09:08:30")],
        ),
        (
            reference.SUB_ACCOUNTS,
            "GET_sapi_v1_sub-account_list",
            [("123456", "2018-12-10T09:15:28")],
        ),
        (
            futures.UM_INCOME,
            "GET_fapi_v1_income",
            [
                ("TRANSFER:9689322392:USDT::", "2019-10-09T08:00:00"),
                ("COMMISSION:9689322392:USDT:BTCUSDT:2059192", "2019-10-09T16:00:00"),
            ],
        ),
        (
            futures.CM_INCOME,
            "GET_papi_v1_cm_income",
            [
                ("TRANSFER:9689322392:BTC::", "2019-10-09T08:00:00"),
                ("COMMISSION:9689322392:BTC:BTCUSD_200925:2059192", "2019-10-09T16:00:00"),
            ],
        ),
        (
            portfolio.PM_MARGIN_LOANS,
            "GET_papi_v1_margin_marginLoan",
            [("12807067523", "2019-04-12T08:07:05")],
        ),
        (
            portfolio.PM_MARGIN_REPAYS,
            "GET_papi_v1_margin_repayLoan",
            [("2970933056", "2019-07-18T08:23:24")],
        ),
        (
            portfolio.PM_MARGIN_INTERESTS,
            "GET_papi_v1_margin_marginInterestHistory",
            [("1352286576452864727", "2022-12-27T17:00:00")],
        ),
        (
            futures.OPTION_BILLS,
            "GET_eapi_v1_bill__connector",
            [("1125899906842624000:FEE", "2020-06-18T03:04:16")],
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Stream) else "",
)
def test_records_of_a_sample_are_named_and_dated(
    stream: Stream, name: str, expected: list[tuple[str, str]]
) -> None:
    body = _binance(name)
    slices = payloads.elements(body, stream.rows_at)
    fields = [payloads.read(each) for each in slices]
    told = [(stream.id_of(each), stream.time_of(each)) for each in fields]
    dated = [(name, datetime.fromisoformat(at).replace(tzinfo=UTC)) for name, at in expected]
    assert told == dated
    assert all(each in body.decode() for each in slices)


def test_the_official_readings_are_read(binance: Any) -> None:
    """The two spot samples are of different accounts, and so cannot agree."""
    answers = {
        "/api/v3/account": _binance("GET_api_v3_account"),
        "/sapi/v3/asset/getUserAsset": _binance("POST_sapi_v3_asset_getUserAsset"),
        "/sapi/v1/asset/get-funding-asset": _binance("POST_sapi_v1_asset_get-funding-asset"),
    }
    made = binance(lambda asked: (200, answers[asked.path]))
    spot, funding = capture_spot(made.client), capture_funding(made.client)
    assert spot.disagreement == (
        "the lists of the wallet differ: AVAX, BCH, BNB, BTC, BUSD, LTC, SHIB, USDT, WRZ"
    )
    assert "50300000001.44911105" in spot.balances
    assert funding.is_whole


def test_the_official_positions_of_earn_are_read(binance: Any) -> None:
    answers = {
        "flexible/position": _binance("GET_sapi_v1_simple-earn_flexible_position"),
        "locked/position": _binance("GET_sapi_v1_simple-earn_locked_position"),
    }
    made = binance(lambda asked: (200, answers[asked.path.partition("simple-earn/")[2]]))
    [flexible] = capture_wallet(made.client, EARN_FLEXIBLE)
    [locked] = capture_wallet(made.client, EARN_LOCKED)
    assert flexible.is_whole
    assert '"collateralAmount": "232.23123213"' in flexible.balances
    assert locked.is_whole
    assert '"amount": "122.09202928"' in locked.balances


@pytest.mark.parametrize(
    ("wallet", "name", "balance"),
    [
        (UM_FUTURES, "GET_fapi_v3_balance", '"balance": "122607.35137903"'),
        (CM_FUTURES, "GET_dapi_v1_balance", '"balance": "0.00250000"'),
        (OPTIONS, "GET_eapi_v1_marginAccount", '"marginBalance": "10099.448"'),
        (PORTFOLIO_MARGIN, "GET_papi_v1_balance", '"cmWalletBalance": "23.72469206"'),
    ],
    ids=lambda value: value.name if isinstance(value, Wallet) else "",
)
def test_the_official_balances_of_derivatives_are_read(
    binance: Any, wallet: Wallet, name: str, balance: str
) -> None:
    made = binance(lambda _: (200, _binance(name)))
    [reading] = capture_wallet(made.client, wallet)
    assert (reading.wallet, reading.is_whole) == (wallet.name, True)
    assert balance in reading.balances


@pytest.mark.parametrize(("kind", "wallet"), [("SPOT", "spot"), ("FUTURES", "um_futures")])
def test_the_official_snapshot_is_the_midnight_after_its_label(
    binance: Any, kind: str, wallet: str
) -> None:
    now = datetime(2019, 12, 15, tzinfo=UTC)
    made = binance(
        lambda _: (200, _binance(f"GET_sapi_v1_accountSnapshot__{kind}")),
        now=lambda: int(now.timestamp()) * 1000,
    )
    (reading,) = account_snapshots(made.client, kind, datetime(2019, 12, 10, tzinfo=UTC), now)
    assert reading.taken_at == datetime(2019, 12, 14, tzinfo=UTC)
    assert reading.wallet == wallet


def test_the_key_of_the_official_sample_may_do_too_much(binance: Any) -> None:
    made = binance(lambda _: (200, _binance("GET_sapi_v1_account_apiRestrictions")))
    with pytest.raises(permissions.NotReadOnly) as caught:
        permissions.prove_read_only(made.client)
    assert "permitsUniversalTransfer" in str(caught.value)


def test_the_list_of_symbols_is_one_record() -> None:
    body = _binance("GET_api_v3_exchangeInfo")
    listed = payloads.value(body, reference.SYMBOLS.rows_at)
    assert json.loads(listed)[0]["symbol"] == "ETHBTC"
    assert listed in body.decode()


@pytest.mark.parametrize(
    ("name", "status", "kind"),
    [
        ("error_401_code-10_expired", 401, Transient),
        ("error_401_code-12_future_iat", 401, Transient),
        ("error_401_code-1_invalid_signature", 401, Unauthorised),
        ("error_401_code-7_token_not_accepted", 401, Unauthorised),
        ("error_400_code1401_recorded", 400, Permanent),
    ],
)
def test_the_recorded_errors_of_fireblocks(name: str, status: int, kind: type) -> None:
    assert type(classify(status, {}, _fireblocks(name))) is kind


def test_the_specified_lists_of_fireblocks_are_cut_as_declared() -> None:
    """Their values are placeholders; what counts is where the rows and their ids are."""
    for stream, name in (
        (fireblocks_streams.TRANSACTIONS, "prism_javasdk_transactions"),
        (fireblocks_streams.ASSET_WALLETS, "prism_specrepo_vault_asset_wallets"),
        (fireblocks_streams.VAULT_ACCOUNTS, "prism_specrepo_vault_accounts_paged"),
    ):
        rows = payloads.elements(_fireblocks(name), stream.rows_at)
        assert rows
        assert all(stream.id_of(payloads.read(row)) for row in rows)
