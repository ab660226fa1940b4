-- What a custodian delegates comes into the spot wallet of the sub-account that the master asked for, and
-- what is undelegated leaves it.
with transfers as (
    select
        transfers.*,
        emails.account_ref as owner_ref,
        lower(transfers.transfer_type) as direction
    from {{ ref('stg_binance__custody_transfers') }} as transfers
    left join {{ ref('int_binance__family_emails') }} as emails
        on
            transfers.owner_id = emails.owner_id
            and transfers.environment = emails.environment
            and transfers.account_ref = emails.master_ref
            and transfers.email = emails.email
    where transfers.error_reason is null
),

legs as (
    select
        record_id,
        owner_id,
        environment,
        data_source_id,
        coalesce(owner_ref, account_ref) as account_ref,
        case when owner_ref is not null then 'spot' end as wallet,
        asset,
        case direction when 'undelegate' then -moved_amount else moved_amount end as amount,
        case when direction in ('delegate', 'undelegate') then 'transfer' else 'unknown' end as type,
        direction,
        moved_at as occurred_at,
        source_raw_id,
        source_id,
        recorded_at,
        'custody' as leg_role
    from transfers
)

{{ binance_legs(
    'legs', 'custody_transfers',
    subtype='direction',
    unmapped_because="'the e-mail that was asked for is in no list of sub-accounts'"
) }}
