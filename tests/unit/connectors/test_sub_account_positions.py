"""What a master is shown of a sub-account, and the overview of all wallets, stay as they are."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from coinfrs_pipelines.connectors.binance import control_totals
from coinfrs_pipelines.connectors.binance.positions import capture
from coinfrs_pipelines.connectors.binance.sub_accounts import wallets_of
from coinfrs_pipelines.connectors.errors import NotEnabled, Permanent
from coinfrs_pipelines.connectors.positions import Reading

EMAIL = "desk+making@w0.example.com"
NOW = datetime(2026, 1, 6, 0, 0, 30, tzinfo=UTC)
SAMPLES = Path(__file__).parents[2] / "samples" / "binance"
WALLETS = {wallet.name: wallet for wallet in wallets_of(EMAIL)}
OFFICIAL = {
    "cross_margin": ("GET_sapi_v1_sub-account_margin_account.json", "sub_account_margin"),
    "um_futures": ("GET_sapi_v2_sub-account_futures_account.json", "sub_account_um_futures"),
    "cm_futures": ("GET_sapi_v2_sub-account_futures_account.json", "sub_account_cm_futures"),
    # Version 3 is the one that was published; it tells numbers as JSON numbers.
    "spot": ("GET_sapi_v3_sub-account_assets.json", "sub_account_assets"),
}


def told(binance: Any, wallet: str, body: bytes) -> Reading:
    [reading] = capture(binance(lambda _: (200, body)).client, WALLETS[wallet])
    return reading


@pytest.mark.parametrize("wallet", OFFICIAL)
def test_an_official_sample_is_a_whole_reading_and_stays_as_it_is(
    binance: Any, wallet: str
) -> None:
    sample, name = OFFICIAL[wallet]
    body = (SAMPLES / sample).read_bytes()
    reading = told(binance, wallet, body)
    assert (reading.wallet, reading.is_whole) == (wallet, True)
    assert reading.balances == f'{{"{name}":{body.decode().strip()}}}'


def test_every_digit_of_a_json_number_is_kept(binance: Any) -> None:
    number = "11467.639900000000000001"
    body = f'{{"balances":[{{"asset":"ADA","free":{number},"locked":0,"freeze":0}}]}}'.encode()
    reading = told(binance, "spot", body)
    assert reading.is_whole
    assert number in reading.balances
    kept = json.loads(reading.balances, parse_float=Decimal)
    assert kept["sub_account_assets"]["balances"][0]["free"] == Decimal(number)


def test_a_wallet_is_asked_twice_by_the_e_mail_of_its_sub_account(binance: Any) -> None:
    body = b'{"deliveryAccountResp":{"assets":[]}}'
    made = binance(lambda _: (200, body))
    capture(made.client, WALLETS["cm_futures"])
    asked = [each for each in made.venue.asked if each.path != "/api/v3/time"]
    assert [each.query["email"] for each in asked] == [EMAIL, EMAIL]
    assert {each.query["futuresType"] for each in asked} == {"2"}


def test_a_sub_account_without_the_product_is_not_one_with_nothing(binance: Any) -> None:
    refusal = {"code": -3003, "msg": "Margin account does not exist."}
    made = binance(lambda _: (400, json.dumps(refusal).encode()))
    with pytest.raises(NotEnabled):
        capture(made.client, WALLETS["cross_margin"])


def test_the_overview_of_wallets_is_kept_as_it_is(binance: Any) -> None:
    body = (SAMPLES / "GET_sapi_v1_asset_wallet_balance.json").read_bytes()
    made = binance(lambda _: (200, body))
    reading = control_totals.read(made.client)
    assert (reading.wallet, reading.taken_at, reading.is_whole) == ("control_total", NOW, True)
    assert reading.balances == f'{{"wallets":{body.decode().strip()}}}'
    [asked] = [each for each in made.venue.asked if each.path != "/api/v3/time"]
    assert asked.query["needBalanceDetail"] == "true"


def test_an_overview_that_is_no_list_is_refused(binance: Any) -> None:
    made = binance(lambda _: (200, b'{"balance": "0"}'))
    with pytest.raises(Permanent, match="array"):
        control_totals.read(made.client)
