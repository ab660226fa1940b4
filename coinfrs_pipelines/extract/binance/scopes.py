"""Which scopes of a Binance account are to be read: symbols, orders, assets, pairs, e-mails.

No endpoint lists an account's fills over all symbols, so every symbol is read that contains an
asset ever seen in the wallet, closed under the assets which that brings to light. Symbols come
from all lists ever archived: one that was delisted has vanished from the newest.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import LiteralString

import psycopg
from psycopg import sql

from coinfrs_pipelines.connectors.binance.streams import STREAMS
from coinfrs_pipelines.connectors.binance.streams.outside import MANAGED_SUB_ACCOUNTS
from coinfrs_pipelines.connectors.binance.streams.reference import SUB_ACCOUNTS
from coinfrs_pipelines.connectors.streams import ById, Stream
from coinfrs_pipelines.core.data_sources import DataSource
from coinfrs_pipelines.extract.attempts import Attempt

# The lists are the venue's, not an account's: any data source of the environment archived them.
SYMBOLS = """
with lists as (
    select raw_symbols.id, raw_symbols.raw_payload
    from staging_binance.raw_symbols
    inner join registry.data_sources on data_sources.id = raw_symbols.data_source_id
    where data_sources.environment = %(environment)s
        and jsonb_typeof(raw_symbols.raw_payload) = 'array'
)
select distinct on (entry ->> 'symbol')
    entry ->> 'symbol',
    entry ->> 'baseAsset',
    entry ->> 'quoteAsset',
    entry ->> 'status' = 'TRADING' and lists.id = (select max(id) from lists)
from lists
cross join lateral jsonb_array_elements(lists.raw_payload) as entry
where entry ->> 'symbol' <> ''
order by entry ->> 'symbol', lists.id desc
"""

# Every place in which an account shows an asset that its wallets in question may have had. A master
# sees the transfers of its family, and the balances of sub-accounts without a key, so those of a
# sub-account are found under whichever key of the same owner saw them.
ASSETS_SEEN = sql.SQL("""
with same_account as (
    select id from registry.data_sources
    where owner_id = %(owner_id)s and venue = 'binance' and environment = %(environment)s
        and account_ref = %(account_ref)s
),
family as (
    select id from registry.data_sources
    where owner_id = %(owner_id)s and venue = 'binance' and environment = %(environment)s
),
own_email as (
    select raw_payload ->> 'email' as email from staging_binance.raw_sub_accounts
    where data_source_id in (select id from family) and source_raw_id = %(account_ref)s
),
balances as (
    select each.value as row
    from staging_binance.raw_live_captures as captures
    cross join lateral jsonb_each(captures.balances) as list
    cross join lateral jsonb_array_elements(
        case
            when jsonb_typeof(list.value) = 'array' then list.value
            when jsonb_typeof(list.value -> 'balances') = 'array' then list.value -> 'balances'
            else '[]'
        end
    ) as each
    where captures.wallet = any(%(wallets)s)
        and captures.data_source_id in (select id from family)
        and captures.account_ref = %(account_ref)s
    union all
    select each.value
    from staging_binance.raw_account_snapshots as snapshots
    cross join lateral jsonb_array_elements(
        case
            when jsonb_typeof(snapshots.balances -> 'data' -> 'balances') = 'array'
                then snapshots.balances -> 'data' -> 'balances'
            else '[]'
        end
    ) as each
    where snapshots.wallet = any(%(wallets)s)
        and snapshots.data_source_id in (select id from same_account)
)
select distinct asset from (
    select balances.row ->> 'asset' as asset from balances
    where exists (
        select from jsonb_each_text(balances.row) as amount
        where amount.key not in ('asset', 'updateTime') and amount.value ~ '[1-9]'
    )
    union all
    select raw_payload ->> 'asset' from staging_binance.raw_universal_transfers
    where data_source_id in (select id from family)
        and (
            raw_payload ->> 'fromEmail' in (select email from own_email)
            or raw_payload ->> 'toEmail' in (select email from own_email)
        )
    {streams}
) as seen
where asset <> ''
""")
ASSETS_OF_STREAM = sql.SQL("""
    union all
    select named #>> '{{}}' from {raw_table}
    cross join lateral jsonb_path_query(raw_payload, {path}) as named
    where data_source_id in (select id from same_account)
""")
# The master is told of the sub-account that it asked for.
ASSETS_TOLD_TO_MASTER = sql.SQL("""
    union all
    select named #>> '{{}}' from {raw_table} as records
    inner join coverage.requests on requests.id = records.request_id
    cross join lateral jsonb_path_query(records.raw_payload, {path}) as named
    where records.data_source_id in (select id from family)
        and requests.scope in (select email from own_email)
""")
# A disabled data source and the one that replaced it see the same account.
TRADED = sql.SQL("""
select distinct raw_payload ->> 'symbol' from {raw_table}
where data_source_id in (
    select id from registry.data_sources
    where owner_id = %(owner_id)s and venue = 'binance' and environment = %(environment)s
        and account_ref = %(account_ref)s
)
""")
PAID_IN = sql.SQL("""
select distinct raw_payload ->> {field} from {raw_table}
where data_source_id in (
    select id from registry.data_sources
    where owner_id = %(owner_id)s and venue = 'binance' and environment = %(environment)s
        and account_ref = %(account_ref)s
)
""")

# The last record before an instant: ids ascend with time, so all records since then have larger
# ones, also those that were not shown when the symbol was read before.
RESUME = sql.SQL("""
select raw_payload ->> 'symbol', max((raw_payload ->> {id_field})::bigint)
from {raw_table}
where data_source_id = %(data_source_id)s and account_ref = %(account_ref)s
    and occurred_at < %(since)s
group by 1
""")
OLDEST_OPEN = sql.SQL("""
select raw_payload ->> 'symbol', min((raw_payload ->> {id_field})::bigint)
from (
    select distinct on (source_raw_id) raw_payload from {raw_table}
    where data_source_id = %(data_source_id)s and account_ref = %(account_ref)s
    order by source_raw_id, id desc
) as newest
where coalesce(raw_payload ->> %(field)s, '') <> all(%(settled)s)
group by 1
""")

# Orders that may have been transferred against, until the matches known of them add up to what the
# venue says was prevented. Both sides have to be of mode TRANSFER, so their own tells.
ORDERS = """
with orders as (
    select distinct on (source_raw_id) raw_payload
    from staging_binance.raw_spot_orders
    where data_source_id = %(data_source_id)s and account_ref = %(account_ref)s
    order by source_raw_id, id desc
),
matches as (
    select distinct on (source_raw_id) raw_payload
    from staging_binance.raw_prevented_matches
    where data_source_id = %(data_source_id)s and account_ref = %(account_ref)s
    order by source_raw_id, id desc
),
sides as (
    select raw_payload ->> 'symbol' as symbol, side.order_id,
        case when pg_input_is_valid(side.quantity, 'numeric') then side.quantity::numeric end
            as quantity
    from matches
    cross join lateral (
        values
        (raw_payload ->> 'takerOrderId', raw_payload ->> 'takerPreventedQuantity'),
        (raw_payload ->> 'makerOrderId', raw_payload ->> 'makerPreventedQuantity')
    ) as side (order_id, quantity)
),
prevented as (
    select raw_payload ->> 'symbol' as symbol, raw_payload ->> 'orderId' as order_id,
        case
            when pg_input_is_valid(raw_payload ->> 'preventedQuantity', 'numeric')
                then (raw_payload ->> 'preventedQuantity')::numeric
        end as quantity
    from orders
    where raw_payload ->> 'selfTradePreventionMode' = 'TRANSFER'
)
select symbol || '/' || order_id
from prevented
where quantity <> coalesce(
    (
        select sum(sides.quantity) from sides
        where sides.symbol = prevented.symbol and sides.order_id = prevented.order_id
    ), 0
)
order by 1
"""

LISTED_EMAILS = sql.SQL("""
select distinct on (source_raw_id) raw_payload ->> 'email' from {raw_table}
where data_source_id = %(data_source_id)s and account_ref = %(account_ref)s
order by source_raw_id, id desc
""")

# Every pair that a reading of the isolated wallets ever showed.
MARGIN_PAIRS = """
select distinct split_part(wallet, ':', 2) from staging_binance.raw_live_captures
where data_source_id = %(data_source_id)s and account_ref = %(account_ref)s
    and wallet like 'isolated_margin:%%'
order by 1
"""


@dataclass(frozen=True)
class Symbol:
    """A pair as the archived lists name it; `is_trading` is what the newest list says."""

    name: str
    base: str
    quote: str
    is_trading: bool


def of_stream(attempt: Attempt, stream: Stream) -> Sequence[str]:
    """Return the scopes in which a stream is to be read, all but those of symbols."""
    fixed = stream.scopes or ("",)
    match stream.scope_rule:
        case "emails":
            return ("", *listed_emails(attempt, SUB_ACCOUNTS))
        case "own_email" | "managed_emails" as rule:
            accounts = SUB_ACCOUNTS if rule == "own_email" else MANAGED_SUB_ACCOUNTS
            return listed_emails(attempt, accounts)
        case "assets":
            symbols = archived_symbols(attempt.connection, attempt.data_source.environment)
            return sorted(assets(attempt.connection, attempt.data_source, symbols, stream.wallets))
        case "orders":
            return _names(attempt, ORDERS)
        case "margin_pairs":
            return [
                "/".join(part for part in (scope, pair) if part)
                for scope in fixed
                for pair in ("", *_names(attempt, MARGIN_PAIRS))
            ]
    return fixed if stream.scope_rule == "fixed" else ("",)


def _names(attempt: Attempt, query: LiteralString) -> list[str]:
    """Return the one column of a query about the attempt's account."""
    rows = attempt.connection.execute(query, _parameters(attempt.data_source)).fetchall()
    return [row[0] for row in rows]


def archived_symbols(connection: psycopg.Connection, environment: str) -> dict[str, Symbol]:
    """Return every symbol of every archived list of a venue environment, by name."""
    rows = connection.execute(SYMBOLS, {"environment": environment}).fetchall()
    return {name: Symbol(name, base, quote, bool(trading)) for name, base, quote, trading in rows}


def assets(
    connection: psycopg.Connection,
    data_source: DataSource,
    symbols: Mapping[str, Symbol],
    wallets: Sequence[str],
) -> set[str]:
    """Return the assets that the wallets were ever seen to have, those of their fills included."""
    seen = assets_beside_fills(connection, data_source, wallets)
    return seen | assets_of_fills(connection, data_source, symbols, wallets)


def assets_beside_fills(
    connection: psycopg.Connection, data_source: DataSource, wallets: Sequence[str]
) -> set[str]:
    """Return the assets that positions and all streams without symbols ever showed of wallets."""
    parameters = _parameters(data_source) | {"wallets": list(wallets)}
    rows = connection.execute(_assets_seen(tuple(wallets)), parameters).fetchall()
    return {name for (name,) in rows}


def assets_of_fills(
    connection: psycopg.Connection,
    data_source: DataSource,
    symbols: Mapping[str, Symbol],
    wallets: Sequence[str],
) -> set[str]:
    """Return the assets of each symbol with a record in the wallets, and those of their fees."""
    parameters = _parameters(data_source)
    seen: set[str] = set()
    for stream in moving(wallets):
        if stream.scope_rule != "symbols":
            continue
        for (name,) in connection.execute(_of(TRADED, stream), parameters).fetchall():
            if name in symbols:
                seen |= {symbols[name].base, symbols[name].quote}
        for field in stream.asset_fields:
            named = _of(PAID_IN, stream, field=sql.Literal(field))
            seen |= {name for (name,) in connection.execute(named, parameters).fetchall() if name}
    return seen


def containing(symbols: Mapping[str, Symbol], seen: Collection[str]) -> set[str]:
    """Return the names of the symbols that contain one of the assets."""
    return {
        symbol.name for symbol in symbols.values() if symbol.base in seen or symbol.quote in seen
    }


def moving(wallets: Collection[str]) -> list[Stream]:
    """Return the streams that can move one of the wallets."""
    return [stream for stream in STREAMS if not set(wallets).isdisjoint(stream.wallets)]


@cache
def _assets_seen(wallets: tuple[str, ...]) -> bytes:
    """Return the statement that asks every stream of the wallets; put together once."""
    statement = ASSETS_SEEN.format(
        streams=sql.SQL("").join(
            (
                ASSETS_TOLD_TO_MASTER if stream.scope_rule == "own_email" else ASSETS_OF_STREAM
            ).format(
                raw_table=sql.Identifier("staging_binance", stream.raw_table),
                path=sql.Literal(f"$.{field}"),
            )
            for stream in moving(wallets)
            if stream.scope_rule != "symbols"
            for field in stream.asset_fields
        )
    )
    return statement.as_bytes()


def _of(statement: sql.SQL, stream: Stream, **names: sql.Composable) -> sql.Composed:
    raw_table = sql.Identifier("staging_binance", stream.raw_table)
    return statement.format(raw_table=raw_table, **names)


def resume_ids(
    connection: psycopg.Connection, data_source: DataSource, stream: Stream, since: datetime
) -> dict[str, int]:
    """Return by symbol the id from which its walk covers all that is new or may have changed.

    That is every record since an instant and, of a stream whose records change, all from the oldest
    that is not settled. A symbol without one is walked from its first record.
    """
    if not isinstance(stream.style, ById):
        raise TypeError(f"The records of {stream.name} are not walked by their ids.")
    id_field = sql.Literal(stream.style.id_field)
    parameters = _parameters(data_source) | {"since": since}
    rows = connection.execute(_of(RESUME, stream, id_field=id_field), parameters).fetchall()
    resumes: dict[str, int] = dict(rows)
    if stream.settled is not None:
        field, values = stream.settled
        parameters |= {"field": field, "settled": list(values)}
        still_open = connection.execute(_of(OLDEST_OPEN, stream, id_field=id_field), parameters)
        for symbol, oldest in still_open.fetchall():
            if symbol in resumes:
                resumes[symbol] = min(resumes[symbol], oldest)
    return resumes


def listed_emails(attempt: Attempt, accounts: Stream) -> list[str]:
    """Return the e-mails of all accounts ever listed to a master, in order."""
    statement = _of(LISTED_EMAILS, accounts)
    rows = attempt.connection.execute(statement, _parameters(attempt.data_source)).fetchall()
    return sorted({row[0] for row in rows if row[0]})


def _parameters(data_source: DataSource) -> dict[str, object]:
    return {
        "data_source_id": data_source.id,
        "owner_id": data_source.owner_id,
        "environment": data_source.environment,
        "account_ref": data_source.account_ref,
    }
