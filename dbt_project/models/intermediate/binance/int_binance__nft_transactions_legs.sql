-- What collectibles cost and bring in, by the kind of order. The collectible itself is in no wallet.
with kinds (order_type, kind, sign) as (
    values
    ('0', 'nft_purchase', -1),
    ('1', 'nft_sale', 1),
    ('2', 'nft_royalty', 1),
    ('3', 'nft_primary_purchase', -1),
    ('4', 'nft_mint_fee', -1)
),

legs as (
    select
        transactions.*,
        kinds.kind,
        'price' as leg_role,
        'spot' as wallet,
        coalesce(kinds.sign, 1) * transactions.traded_amount as amount,
        case
            when kinds.kind is null then 'unknown'
            when kinds.kind = 'nft_mint_fee' then 'fee'
            else 'payment'
        end as type,
        transactions.traded_at as occurred_at
    from {{ ref('stg_binance__nft_transactions') }} as transactions
    left join kinds
        on transactions.order_type = kinds.order_type
    where transactions.error_reason is null
)

{{ binance_legs('legs', 'nft_transactions', subtype='kind') }}
