"""Transactions: recorded and printed webhooks carry the same record as the list of transactions."""

from coinfrs_pipelines.connectors.fireblocks.streams import TRANSACTIONS
from tests.integration.dbt_project.official import Leg, Sample

DONE, PENDING = "completed", "pending"
TOKEN = "KBKRW_ETH_TEST5_6KCC"


def _sample(file: str, *legs: Leg, record_at: tuple[str, ...] | None = ("data",)) -> Sample:
    return Sample(TRANSACTIONS, file, legs, account_kind="workspace", record_at=record_at)


SAMPLES = (
    # The balances are known from before and after: 82 500 to 300, 83 400 to 250, 12 1139 to 1489.
    _sample(
        "recorded_webhook_v2_network_records_contract_call.json",
        ("vault/82", TOKEN, "balance", "-200", "withdrawal", DONE),
        ("vault/83", TOKEN, "balance", "-150", "withdrawal", DONE),
        ("vault/12", TOKEN, "balance", "150", "deposit", DONE),
        ("vault/12", TOKEN, "balance", "200", "deposit", DONE),
        ("vault/84", "ETH_TEST5", "balance", "-0.000165085504896902", "fee", DONE),
    ),
    # The fee that it tells is the sender's.
    _sample(
        "recorded_webhook_v2_transaction.created_deposit_erc20.json",
        ("vault/23", TOKEN, "balance", "100", "deposit", DONE),
    ),
    _sample(
        "docs_webhook_v1_TRANSACTION_STATUS_UPDATED.json",
        ("vault/2107", "TRX_USDT", "balance", "370", "deposit", DONE),
    ),
    # Submitted: what arrives and what it will cost is not told yet.
    _sample("docs_webhook_v1_TRANSACTION_CREATED.json"),
    # A signature: null, -1 and empty objects.
    _sample("docs_transaction_TYPED_MESSAGE_EIP712.json", record_at=()),
    # The examples of the specifications have words where amounts are: nothing can be booked.
    _sample("prism_specrepo_transactions.json", record_at=None),
    _sample("prism_javasdk_transactions.json", record_at=None),
)
