-- What a position was settled in, and to what amount, is not told: only that it comes into spot (?) in one of
-- two assets, between the time of settlement and the first read that showed it settled. A position that was
-- not read since that time is not covered, which says the same.
select
    positions.owner_id,
    positions.environment,
    positions.account_ref,
    possible.asset,
    positions.settles_at as from_at,
    case positions.status_code when 'SETTLED' then greatest(positions.settles_at, reads.first_closed_at) end
        as until_at,
    positions.source_id
from {{ ref('stg_binance__dual_investments') }} as positions
inner join {{ ref('int_binance__dual_investment_reads') }} as reads
    on positions.record_id = reads.record_id
inner join lateral (
    values (positions.invested_asset), (positions.exercised_asset)
) as possible (asset) on true
where
    positions.error_reason is null
    and coalesce(
        positions.status_code not in ('PENDING', 'PURCHASE_FAIL', 'REFUNDING', 'REFUND_SUCCESS'), true
    )
    and positions.settles_at <= reads.last_read_at
