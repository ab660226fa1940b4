-- What was paid or received, fund by fund and wallet by wallet: 1 funding, 2 spot, 3 the balance in fiat,
-- which is in spot, 4 and 6 a card, which is not ours. What a fund does not split is of the record's wallet.
with payments as (
    select
        *,
        case
            when jsonb_array_length(funds) > 0 then funds
            else jsonb_build_array(
                jsonb_build_object('currency', currency, 'amount', abs(total_amount)::text)
            )
        end as parts
    from {{ ref('stg_binance__pay_transactions') }}
    where error_reason is null
),

funds_split as (
    select
        payments.*,
        fund.number as fund_number,
        fund.entry ->> 'currency' as asset,
        coalesce(
            case
                when fund.entry -> 'walletAssetCost' in ('{}'::jsonb, '[]'::jsonb) then null
                when jsonb_typeof(fund.entry -> 'walletAssetCost') = 'object'
                    then jsonb_build_array(fund.entry -> 'walletAssetCost')
                else {{ to_list("fund.entry -> 'walletAssetCost'") }}
            end,
            jsonb_build_array(
                jsonb_build_object(coalesce(payments.wallet_type, 'missing'), fund.entry ->> 'amount')
            )
        ) as costs
    from payments
    cross join lateral jsonb_array_elements(payments.parts) with ordinality as fund (entry, number)
),

costs as (
    select
        funds_split.*,
        'cost' as leg_role,
        cost.key as pay_wallet,
        funds_split.paid_at as occurred_at,
        sign(funds_split.total_amount) * abs({{ to_number("cost.value") }}) as signed_amount,
        row_number() over (
            partition by funds_split.record_id order by funds_split.fund_number, part.number, cost.key
        ) as leg_number
    from funds_split
    cross join lateral jsonb_array_elements(funds_split.costs) with ordinality as part (entry, number)
    left join lateral jsonb_each_text(
        case when jsonb_typeof(part.entry) = 'object' then part.entry else '{"missing": null}'::jsonb end
    ) as cost on true
),

legs as (
    select
        *,
        case
            when pay_wallet in ('1', '4', '6') then 'funding'
            when pay_wallet in ('2', '3') then 'spot'
        end as wallet,
        case when pay_wallet in ('4', '6') then 0 else signed_amount end as amount
    from costs
)

{{ binance_legs(
    'legs', 'pay_transactions',
    leg_ordinal='leg_number',
    type="'payment'",
    subtype='lower(order_type)',
    unmapped_because="'the wallet type ' || coalesce(pay_wallet, 'missing') || ' is no wallet we know'"
) }}
