-- What was captured beside each overview, by the wallets that it knows; without asset where nothing is held.
with overviews as (
    select distinct
        source_id,
        account_id,
        day
    from {{ ref('int_binance__control_readings') }}
)

select
    overviews.source_id,
    coalesce(names.wallet_name, captures.wallet) as wallet_name,
    positions.asset,
    positions.component,
    positions.amount
from overviews
inner join {{ ref('captures') }} as captures
    on
        overviews.account_id = captures.account_id
        and overviews.day = captures.as_of_date
        and captures.kind = 'live_capture'
        and captures.is_closing
left join (
    values
    {%- for name, wallet, label in binance_control_wallets() %}
        ('{{ name }}', '{{ wallet }}'){{ "," if not loop.last }}
    {%- endfor %}
) as names (wallet_name, wallet)
    on split_part(captures.wallet, ':', 1) = names.wallet
left join {{ ref('position_snapshots') }} as positions
    on
        captures.account_id = positions.account_id
        and captures.wallet = positions.wallet
        and captures.kind = positions.kind
        and captures.taken_at = positions.taken_at
        and positions.component in ('balance', 'in_transit')
