"""The streams of Fireblocks: transactions, and the list of vault accounts.

Records of transactions change after they were final, so their coverage is only as good as their
re-reads (`reread`). What a record moves stands in MAPPINGS.md.
"""

from datetime import timedelta
from urllib.parse import quote

from coinfrs_pipelines.connectors import payloads
from coinfrs_pipelines.connectors.errors import Permanent
from coinfrs_pipelines.connectors.fireblocks.auth import bucket
from coinfrs_pipelines.connectors.http import Endpoint, VenueClient
from coinfrs_pipelines.connectors.streams import ByCursor, Stream, Window
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

STREAMS: tuple[Stream, ...] = (TRANSACTIONS, VAULT_ACCOUNTS)

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
