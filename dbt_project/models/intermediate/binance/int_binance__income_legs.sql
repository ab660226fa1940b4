-- Every row of income is one signed leg of the wallet that it is of. The rows of one fill happened together.
-- In portfolio margin a transfer is between the ledgers of the wallet and moves nothing in it, and
-- asset_transfers tells those that leave it. Of other transfers the far end is not known there.
with legs as (
    select
        record_id,
        source_id,
        data_source_id,
        owner_id,
        environment,
        account_ref,
        source_raw_id,
        recorded_at,
        income_type,
        asset,
        symbol,
        stream,
        source_table,
        'income' as leg_role,
        happened_at as occurred_at,
        {{ binance_income_type('income_type') }} as type,
        case
            when
                wallet <> 'portfolio_margin'
                or income_type = 'TRANSFER'
                or {{ binance_income_type('income_type') }} <> 'transfer'
                then wallet
        end as wallet,
        case when wallet = 'portfolio_margin' and income_type = 'TRANSFER' then 0 else amount end as amount,
        case
            when trade_id is null then record_id
            else {{ digest([
                "owner_id::text", "'binance'", "environment", "account_ref", "stream",
                "coalesce(symbol, '')", "trade_id",
            ]) }}
        end as event_id
    from {{ ref('int_binance__income') }}
)

{{ binance_legs(
    'legs', 'income',
    event_id='event_id',
    subtype='lower(income_type)',
    symbol='symbol',
    unmapped_because="'a transfer of portfolio margin whose other end is not known'",
    source_stream='stream',
    source_table='source_table'
) }}
