"""Receipts: what a transaction of an EVM chain spent, where its record does not tell the fee.

A record that failed in a block may leave its fee out, and the gas is spent all the same. A receipt
is asked for once per block that the record was in; what the venue refuses stays unproven.
"""

from coinfrs_pipelines.connectors.errors import NotEnabled, Permanent, VenueError
from coinfrs_pipelines.connectors.fireblocks.streams import RECEIPTS, receipt
from coinfrs_pipelines.connectors.streams import MILLISECOND
from coinfrs_pipelines.extract import coverage
from coinfrs_pipelines.extract.attempts import Attempt, outcome_of_refused
from coinfrs_pipelines.extract.coverage import Outcome, Subject
from coinfrs_pipelines.extract.evidence import Proven

# A fee is not told if it is missing, empty or -1; where somebody else pays it, nobody here asks.
WITHOUT_FEE = """
with newest as (
    select distinct on (source_raw_id) raw_payload, occurred_at
    from staging_fireblocks.raw_transactions
    where data_source_id = %(data_source_id)s and account_ref = %(account_ref)s
    order by source_raw_id, id desc
)
select
    raw_payload ->> 'feeCurrency', raw_payload ->> 'txHash',
    min(coalesce(occurred_at, %(beginning)s))
from newest
where
    raw_payload #>> '{source,type}' = 'VAULT_ACCOUNT'
    and raw_payload ->> 'status' in ('COMPLETED', 'FAILED')
    and coalesce(raw_payload ->> 'subStatus', '') <> 'DROPPED_BY_BLOCKCHAIN'
    and raw_payload ->> 'txHash' ~ '^0x[0-9a-fA-F]{64}$'
    and coalesce(raw_payload ->> 'feeCurrency', '') <> ''
    and raw_payload #>> '{blockInfo,blockHeight}' ~ '^[0-9]+$'
    and coalesce(raw_payload #>> '{feeInfo,networkFee}', '') in ('', '-1')
    and coalesce(raw_payload #>> '{feeInfo,relayType}', '') <> 'THIRD_PARTY'
    and coalesce(raw_payload #>> '{gaslessInfo,isMetaTx}', '') <> 'true'
    and not exists (
        select from staging_fireblocks.raw_receipts as receipts
        where receipts.data_source_id = %(data_source_id)s
            and receipts.account_ref = %(account_ref)s
            and receipts.source_raw_id
                = (newest.raw_payload ->> 'feeCurrency') || ':' || (newest.raw_payload ->> 'txHash')
            and receipts.raw_payload ->> 'blockNumber'
                = newest.raw_payload #>> '{blockInfo,blockHeight}'
    )
group by 1, 2
order by 3, 2
"""


def read_receipts(attempt: Attempt, _subject: Subject) -> Outcome:
    """Read the receipt of every transaction whose fee is spent and not told."""
    rows = attempt.connection.execute(
        WITHOUT_FEE,
        {
            "data_source_id": attempt.data_source.id,
            "account_ref": attempt.data_source.account_ref,
            "beginning": coverage.BEGINNING,
        },
    ).fetchall()
    refused: dict[str, VenueError] = {}
    for base_asset, tx_hash, created_at in rows:
        scope = f"{base_asset}:{tx_hash}"
        try:
            with attempt.keeping_evidence(RECEIPTS.name, scope):
                page = receipt(attempt.client, base_asset, tx_hash)
        except (NotEnabled, Permanent) as error:
            refused[scope] = error
        else:
            attempt.land(RECEIPTS, scope, [page], Proven(created_at, created_at + MILLISECOND))
    return outcome_of_refused(refused, len(rows))
