-- The balance, whatever moved it but interest. Amounts came without a sign in the published samples: the type
-- tells it (0: either, as the amount is told), and an amount that contradicts its type is not believed.
with types (flow_type, sign, type, subtype) as (
    values
    ('TRANSFER', 0, 'transfer', 'between_wallets'),
    ('BORROW', 1, 'borrow', 'borrow'),
    ('REPAY', -1, 'repay', 'repay'),
    ('BUY_INCOME', 1, 'trade', 'buy'),
    ('BUY_EXPENSE', -1, 'trade', 'buy'),
    ('SELL_INCOME', 1, 'trade', 'sell'),
    ('SELL_EXPENSE', -1, 'trade', 'sell'),
    ('TRADING_COMMISSION', -1, 'fee', 'trade_commission'),
    ('COMMISSION_RETURN', 1, 'rebate', 'commission_return'),
    ('BUY_LIQUIDATION', 0, 'liquidation', 'buy'),
    ('SELL_LIQUIDATION', 0, 'liquidation', 'sell'),
    ('OTHER_LIQUIDATION', 0, 'liquidation', 'other'),
    ('REPAY_LIQUIDATION', -1, 'liquidation', 'repay'),
    ('LIQUIDATION_FEE', -1, 'fee', 'liquidation_fee'),
    ('SMALL_BALANCE_CONVERT', 0, 'conversion', 'small_balance'),
    ('SMALL_CONVERT', 0, 'conversion', 'small_liquidation')
),

flows as (
    select
        *,
        {{ binance_margin_wallet('pair') }} as told_wallet
    from {{ ref('stg_binance__margin_capital_flows') }}
    where error_reason is null
),

signed as (
    select
        flows.*,
        coalesce(types.type, 'unknown') as type,
        coalesce(types.subtype, lower(flows.flow_type)) as subtype,
        sides.tran_id is not null as is_transfer_known,
        case flows.flow_type when 'TRANSFER' then coalesce(sides.direction, 0) else types.sign end as sign
    from flows
    left join types
        on flows.flow_type = types.flow_type
    left join {{ ref('int_binance__margin_transfer_sides') }} as sides
        on
            flows.owner_id = sides.owner_id
            and flows.environment = sides.environment
            and flows.account_ref = sides.account_ref
            and flows.told_wallet = sides.wallet
            and flows.tran_id = sides.tran_id
            and flows.flow_type = 'TRANSFER'
),

-- The legs of one tranId happened together, the other side of a transfer among them.
legs as (
    select
        *,
        'flow' as leg_role,
        case when sign = 1 and told_amount < 0 then null else told_wallet end as wallet,
        case when sign = -1 then -abs(told_amount) else told_amount end as amount,
        case
            when is_transfer_known
                then {{ record_id('binance', 'transfers', account_ref="'family'", source_raw_id='tran_id') }}
            else {{ record_id('binance', 'margin_transactions', source_raw_id='tran_id') }}
        end as event_id,
        flowed_at as occurred_at
    from signed
)

{{ binance_legs(
    'legs', 'margin_capital_flows',
    event_id='event_id',
    subtype='subtype',
    symbol='symbol',
    unmapped_because="'the sign of its amount contradicts ' || flow_type"
) }}
