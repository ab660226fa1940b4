"""The official client reads every record of a workspace into its own models."""

from __future__ import annotations

import warnings
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fireblocks.exceptions import NotFoundException
from fireblocks.models.network_record import NetworkRecord
from fireblocks.models.transaction_receipt_response import TransactionReceiptResponse
from fireblocks.models.transaction_response import TransactionResponse

from coinfrs_pipelines.emulator.world import World

PAGE = 100


@pytest.fixture(scope="module")
def found(viewer: Any) -> list[TransactionResponse]:
    """Return all records, page by page, followed by the `next` cursor alone."""
    rows: list[TransactionResponse] = []
    query: dict[str, Any] = {"after": "0", "limit": PAGE}
    while True:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            page = viewer.transactions.get_transactions(**query).result()
        rows += page.data
        url = page.headers.get("next-page")
        if not url:
            return rows
        query = {"next": parse_qs(urlsplit(url).query)["next"][0], "limit": PAGE}


def test_every_transaction_is_typed(found: list[TransactionResponse], world: World) -> None:
    assert all(type(each) is TransactionResponse for each in found)
    assert max(Counter(each.id for each in found).values()) == 1
    oldest = datetime.fromtimestamp(found[0].created_at / 1000, UTC)
    assert {each.tx_id for each in world.fireblocks.movements_by(oldest)} <= {e.id for e in found}


def test_every_operation_of_the_enumeration_is_met_but_those_of_a_dead_product(
    found: list[TransactionResponse],
) -> None:
    assert {each.operation.value for each in found} == {
        "TRANSFER",
        "MINT",
        "BURN",
        "CONTRACT_CALL",
        "PROGRAM_CALL",
        "APPROVE",
        "ENABLE_ASSET",
        "STAKE",
        "RAW",
        "TYPED_MESSAGE",
    }


def test_each_shape_is_typed_by_its_id_too(viewer: Any, found: list[TransactionResponse]) -> None:
    shapes: dict[tuple[str, ...], TransactionResponse] = {}
    for each in found:
        types = (each.source.type.value, each.destination.type.value)
        shapes.setdefault((each.operation.value, each.status, *types), each)
    assert len(shapes) > 30
    for each in list(shapes.values())[::3]:
        single = viewer.transactions.get_transaction(each.id).result().data
        assert type(single) is TransactionResponse
        assert single.id == each.id
        assert single.created_at == each.created_at


def test_what_few_records_have_is_typed(found: list[TransactionResponse]) -> None:
    calls = [each for each in found if each.network_records]
    assert all(type(r) is NetworkRecord for each in calls for r in each.network_records or ())
    assert {r.is_dropped for each in calls for r in each.network_records or ()} == {True, False}
    fees = [each.fee_info for each in found if each.fee_info]
    assert {fee.relay_type for fee in fees if fee.paid_by_relay} == {"LOCAL", "THIRD_PARTY"}
    assert any(fee.l1network_fee and fee.l2network_fee for fee in fees)
    assert any(fee.service_fee for fee in fees)
    assert any(each.fee_payer_info for each in found)
    assert any(each.gasless_info and each.gasless_info.is_meta_tx for each in found)
    assert any(each.reward_info and each.reward_info.src_rewards for each in found)
    assert any(each.paid_rent for each in found)
    assert any(each.replaced_tx_hash for each in found)
    assert any(each.aml_screening_result for each in found)
    assert any(each.source.trading_account for each in found)


def test_a_record_is_found_by_the_id_of_its_maker(
    viewer: Any, found: list[TransactionResponse]
) -> None:
    made = next(each for each in found if each.external_tx_id)
    by_external_id = viewer.transactions.get_transaction_by_external_id
    assert by_external_id(made.external_tx_id).result().data.id == made.id
    with pytest.raises(NotFoundException):
        by_external_id("nobody's").result()


def test_filters_and_bounds_of_the_client_reach_the_face(viewer: Any) -> None:
    rows = viewer.transactions.get_transactions(
        after="0", status="COMPLETED", assets="BTC,ETH", order_by="lastUpdated", sort="ASC"
    ).result()
    assert rows.data
    assert {row.status for row in rows.data} == {"COMPLETED"}
    assert {row.asset_id for row in rows.data} == {"BTC", "ETH"}
    assert "next-page" not in rows.headers


def test_a_receipt_is_typed_and_tells_the_gas(
    viewer: Any, found: list[TransactionResponse]
) -> None:
    mined = next(
        each
        for each in found
        if each.sub_status == "SMART_CONTRACT_EXECUTION_FAILED" and each.fee_currency == "ETH"
    )
    receipt = viewer.contract_interactions.get_transaction_receipt("ETH", mined.tx_hash)
    told = receipt.result().data
    assert type(told) is TransactionReceiptResponse
    assert told.status == 0
    assert str(told.block_number) == mined.block_info.block_height
    assert told.gas_used * told.effective_gas_price > 0
