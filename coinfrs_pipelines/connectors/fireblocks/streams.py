"""The streams of Fireblocks: transactions with their receipts, and the list of vault accounts.

Records of transactions change after they were final, so their coverage is only as good as their
re-reads (`reread`). What a record moves stands in MAPPINGS.md.
"""

from datetime import timedelta
from urllib.parse import quote

from coinfrs_pipelines.connectors import payloads
from coinfrs_pipelines.connectors.errors import Permanent
from coinfrs_pipelines.connectors.fireblocks.auth import bucket
from coinfrs_pipelines.connectors.http import Endpoint, VenueClient
from coinfrs_pipelines.connectors.streams import ByCursor, Stream, Whole, Window
from coinfrs_pipelines.connectors.walks import Page, Record

VENUE = "fireblocks"

TRANSACTIONS = Stream(
    name="transactions",
    venue=VENUE,
    wallets=("vault",),
    endpoint=Endpoint("/v1/transactions", 1, bucket("/v1/transactions")),
    # By creation time, both ends always (the default looks back 90 days only), never `orderBy`:
    # with it the venue gives no cursor (B.1). Whether the bounds belong to the span is open (?).
    style=ByCursor(
        page_size=500,
        window=Window(None, start_param="after", end_param="before", bounds_known=False),
        cursor_param="next",
    ),
    natural_key=("id",),
    time_field="createdAt",
    # Terminal records still change: block after a re-organisation, network records, freezes (C.6).
    trailing=timedelta(days=30),
    raw_table="raw_transactions",
)

VAULT_ACCOUNTS = Stream(
    name="vault_accounts",
    venue=VENUE,
    endpoint=Endpoint("/v1/vault/accounts_paged", 1, bucket("/v1/vault/accounts_paged")),
    style=ByCursor(page_size=500, cursor_at=("paging", "after")),
    rows_at=("accounts",),
    natural_key=("id",),
    raw_table="raw_vault_accounts",
)

_RECEIPT = "/v1/contract_interactions/base_asset_id/{base_asset_id}/tx_hash/{tx_hash}/receipt"
# Asked for one at a time, of transactions whose record tells no fee (`receipt`).
RECEIPTS = Stream(
    name="receipts",
    venue=VENUE,
    endpoint=Endpoint(_RECEIPT, 1, bucket(_RECEIPT)),
    style=Whole("receipt"),
    raw_table="raw_receipts",
)

STREAMS: tuple[Stream, ...] = (TRANSACTIONS, VAULT_ACCOUNTS, RECEIPTS)

ASSET_WALLETS = Stream(
    name="asset_wallets",
    venue=VENUE,
    endpoint=Endpoint("/v1/vault/asset_wallets", 1, bucket("/v1/vault/asset_wallets")),
    style=ByCursor(page_size=1000, cursor_at=("paging", "after")),
    rows_at=("assetWallets",),
    natural_key=("vaultId", "assetId"),
)
VAULT_ASSETS = Endpoint("/v1/vault/assets", 1, bucket("/v1/vault/assets"))
_TRANSACTION_BUCKET = bucket("/v1/transactions/{txId}")


def reread(client: VenueClient, tx_id: str) -> Page:
    """Read one transaction by its id, to see what became of it.

    Raises:
        VenueError: the venue does not show it, or what it shows is not that transaction.

    """
    endpoint = Endpoint(f"/v1/transactions/{quote(tx_id, safe='')}", 1, _TRANSACTION_BUCKET)
    exchange = client.call(endpoint)
    try:
        payload = payloads.value(exchange.body)
        fields = payloads.read(payload)
        found = TRANSACTIONS.id_of(fields)
    except payloads.PayloadError as error:
        raise Permanent(VENUE, f"transactions: {error}") from None
    if found != tx_id:
        raise Permanent(VENUE, "transactions: another transaction was shown than was asked for.")
    return Page(exchange, (Record(found, TRANSACTIONS.time_of(fields), payload, 0),))


def receipt(client: VenueClient, base_asset: str, tx_hash: str) -> Page:
    """Read the receipt of a transaction of an EVM chain; its record is named by both.

    Raises:
        VenueError: the venue has none, or what it shows is of another transaction.

    """
    path = _RECEIPT.format(
        base_asset_id=quote(base_asset, safe=""), tx_hash=quote(tx_hash, safe="")
    )
    exchange = client.call(Endpoint(path, 1, bucket(_RECEIPT)))
    try:
        payload = payloads.value(exchange.body)
        found = payloads.text_of(payloads.read(payload).get("transactionHash"))
    except payloads.PayloadError as error:
        raise Permanent(VENUE, f"receipts: {error}") from None
    if found.lower() != tx_hash.lower():
        raise Permanent(VENUE, "receipts: another receipt was shown than was asked for.")
    return Page(exchange, (Record(f"{base_asset}:{tx_hash}", None, payload, 0),))
