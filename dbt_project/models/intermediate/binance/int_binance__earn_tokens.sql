-- LDO is a coin of its own, LDUSDT is not: every archived list of coins decides.
with coins as (
    select distinct
        environment,
        asset
    from {{ ref('stg_binance__coins') }}
    where asset <> ''
)

select
    coins.environment,
    coins.asset,
    'LD' || coins.asset as token
from coins
left join coins as namesakes
    on
        coins.environment = namesakes.environment
        and namesakes.asset = 'LD' || coins.asset
where namesakes.asset is null
