-- Accounts inside a workspace that cannot be rebuilt from its records, as far as its transactions name them:
-- a Viewer may not list them. Nothing is required of them, and nothing is proven.
with transactions as (
    select * from {{ ref('int_fireblocks__transactions') }}
),

sides as (
    {%- for side in ['source', 'destination'] %}
        select
            owner_id,
            environment,
            account_ref,
            {{ side }}_type as peer_type,
            {{ side }}_peer_id as peer_id,
            {{ side }}_name as name,
            recorded_at
        from transactions
        union all
    {%- endfor %}
    select
        transactions.owner_id,
        transactions.environment,
        transactions.account_ref,
        told.entry #>> '{destination,type}' as peer_type,
        told.entry #>> '{destination,id}' as peer_id,
        told.entry #>> '{destination,name}' as name,
        transactions.recorded_at
    from transactions
    cross join lateral jsonb_array_elements(transactions.destinations) as told (entry)
),

kinds (peer_type, kind, reason) as (
    values
    (
        'EXCHANGE_ACCOUNT', 'exchange_account',
        'its trades, its fees and its other deposits are not among the records of the workspace'
    ),
    ('FIAT_ACCOUNT', 'fiat_account', 'a third party keeps it, and a Viewer cannot read it'),
    ('CONNECTED_ACCOUNT', 'connected_account', 'a third party keeps it, and a Viewer cannot read it'),
    ('GAS_STATION', 'gas_station', 'a Viewer cannot read its balance')
)

select
    sides.owner_id,
    sides.environment,
    concat_ws('/', sides.account_ref, kinds.kind, nullif(sides.peer_id, '')) as external_id,
    (array_agg(sides.name order by sides.recorded_at desc) filter (where sides.name <> ''))[1] as name,
    kinds.kind,
    kinds.reason
from sides
inner join kinds on sides.peer_type = kinds.peer_type
group by sides.owner_id, sides.environment, sides.account_ref, sides.peer_id, kinds.kind, kinds.reason
