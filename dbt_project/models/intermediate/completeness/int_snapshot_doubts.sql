{{ config(materialized='table', indexes=[{'columns': ['interval_id', 'asset']}]) }}

-- A venue's own snapshot does not say what is being withdrawn or frozen. Where something is in transit by
-- legs at a cut, or a neighbouring live capture shows something frozen, it cannot judge the cell; nor where
-- something that nobody knows of may have moved on either side of a cut.
with ends as (
    select * from {{ ref('int_cell_ends') }}
    where kind = 'venue_snapshot'
),

cuts as (
    select
        interval_id,
        account_id,
        wallet,
        asset,
        opening_taken_at as cut_at
    from ends
    union all
    select
        interval_id,
        account_id,
        wallet,
        asset,
        closing_taken_at as cut_at
    from ends
    where closing_taken_at is not null
),

in_transit as (
    select
        cuts.interval_id,
        cuts.asset
    from cuts
    inner join {{ ref('transactions') }} as legs
        on
            cuts.account_id = legs.account_id
            and cuts.wallet = legs.wallet
            and cuts.asset = legs.asset
    where legs.component = 'in_transit' and legs.status = 'completed' and legs.occurred_at < cuts.cut_at
    group by cuts.interval_id, cuts.asset, cuts.cut_at
    having sum(legs.amount) <> 0
),

live as (
    select distinct
        captures.account_id,
        captures.wallet,
        captures.taken_at,
        captures.source_id
    from {{ ref('captures') }} as captures
    where captures.kind = 'live_capture'
),

neighbours as (
    select
        cuts.interval_id,
        cuts.asset,
        neighbour.source_id
    from cuts
    inner join lateral (
        (
            select live.source_id from live
            where
                live.account_id = cuts.account_id
                and live.wallet = cuts.wallet
                and live.taken_at <= cuts.cut_at
            order by live.taken_at desc
            limit 1
        )
        union all
        (
            select live.source_id from live
            where
                live.account_id = cuts.account_id
                and live.wallet = cuts.wallet
                and live.taken_at > cuts.cut_at
            order by live.taken_at
            limit 1
        )
    ) as neighbour on true
),

frozen as (
    select
        neighbours.interval_id,
        neighbours.asset
    from neighbours
    inner join {{ ref('int_positions') }} as positions
        on
            neighbours.source_id = positions.source_id
            and neighbours.asset = positions.asset
    where positions.kind = 'live_capture' and positions.freeze_amount <> 0
),

unmapped as (
    select
        cuts.interval_id,
        cuts.asset
    from cuts
    inner join {{ ref('int_unmapped_records') }} as records
        on
            cuts.account_id = records.account_id
            and cuts.asset = records.asset
            and cuts.wallet = coalesce(records.wallet, cuts.wallet)
    where records.from_at < cuts.cut_at and cuts.cut_at <= records.until_at
)

{% for doubt in ['in_transit', 'frozen', 'unmapped'] -%}
    select
        interval_id,
        asset
    from {{ doubt }}
    {{ "union" if not loop.last }}
{% endfor %}
