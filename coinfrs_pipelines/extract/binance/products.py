"""Which products an account has: a wallet that does not exist is not one that could not be read.

Binance answers a product that was never enabled and a key that may not read with the same code
(-2015); the account's own information tells the two apart (binance.md A4, C9). Of what that does
not mention, the refusal itself is all there is.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from coinfrs_pipelines.connectors.errors import NotEnabled, Permanent, is_refused_for_good
from coinfrs_pipelines.connectors.streams import Product, Stream
from coinfrs_pipelines.extract.attempts import Attempt
from coinfrs_pipelines.extract.coverage import Outcome

# The field of account/info that says whether the account has the product. That an account has
# sub-accounts is told by their list alone.
FIELDS: dict[Product, str] = {
    "margin": "isMarginEnabled",
    "futures": "isFutureEnabled",
    "options": "isOptionsEnabled",
    "portfolio_margin": "isPortfolioMarginRetailEnabled",
}

NEWEST = """
select raw_payload -> %(field)s = 'false'
from staging_binance.raw_account_info
where data_source_id = %(data_source_id)s and account_ref = %(account_ref)s
order by id desc
limit 1
"""

# A trade group is told by every reading of spot alone: of none if the readings before and after
# the days being closed say so, as int_binance__absent_products asks of them.
IN_NO_GROUP = """
select count(*) = 2 and bool_and(coalesce(trade_group = '-1', false))
from (
    select balances -> 'account' ->> 'tradeGroupId' as trade_group
    from staging_binance.raw_live_captures
    where data_source_id = %(data_source_id)s and account_ref = %(account_ref)s
        and wallet = 'spot' and is_whole
    order by taken_at desc, id desc
    limit 2
) as readings
"""


def absent(attempt: Attempt, product: Product | None) -> Outcome | None:
    """Return the outcome of what needs a product that the account does not have, else None."""
    parameters: dict[str, object] = {
        "data_source_id": attempt.data_source.id,
        "account_ref": attempt.data_source.account_ref,
    }
    if product == "trade_group":
        row = attempt.connection.execute(IN_NO_GROUP, parameters).fetchone()
    elif product in FIELDS:
        parameters["field"] = FIELDS[product]
        row = attempt.connection.execute(NEWEST, parameters).fetchone()
    else:
        return None
    if row is None or not row[0]:
        return None
    named = product.replace("_", " ")
    return Outcome("not_enabled", "not_enabled", f"The account has no {named}, says its venue.")


@contextmanager
def refused_as_absent(stream: Stream) -> Iterator[None]:
    """Let a refusal for good say that the account has no part in what the stream tells of.

    Raises:
        NotEnabled: so it is refused, and the stream declares that this says so.

    """
    try:
        yield
    except Permanent as error:
        if not stream.absent_if_refused or not is_refused_for_good(error):
            raise
        refused = NotEnabled(error.venue, error.detail, status=error.status, code=error.code)
        raise refused from None
