-- Each end's own side of a transfer between a managed sub-account and its investor. The investor has asked by
-- the sub-account's e-mail; which e-mail is the sub-account's own, its master's list or its investor's tells,
-- or else the domain that the venue gives to managed sub-accounts.
with records as (
    {%- for stream in binance_streams_with_legs_of('int_binance__managed_transfers_legs') %}
        select
            *,
            '{{ stream }}' as stream
        from {{ ref('stg_binance__' ~ stream) }}
        where error_reason is null
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

own_emails as (
    {%- for list in ['sub_accounts', 'managed_sub_accounts'] %}
        select
            owner_id,
            environment,
            sub_user_id,
            email
        from {{ ref('stg_binance__' ~ list) }}
        where error_reason is null
        {{ "union" if not loop.last }}
    {%- endfor %}
),

known as (
    select
        records.record_id,
        bool_or(own_emails.email = records.from_email) as is_sender,
        bool_or(own_emails.email = records.to_email) as is_receiver
    from records
    inner join own_emails
        on
            records.owner_id = own_emails.owner_id
            and records.environment = own_emails.environment
            and records.account_ref = own_emails.sub_user_id
    where records.stream = 'managed_sub_account_transfers'
    group by records.record_id
),

-- Null where it cannot be told which side is the account's own.
directed as (
    select
        records.*,
        case
            when records.from_email = records.to_email then null
            when records.managed_email = records.to_email then true
            when records.managed_email = records.from_email then false
            when known.is_sender <> known.is_receiver then known.is_sender
            when
                (records.from_email like '%managedsub.com') <> (records.to_email like '%managedsub.com')
                then records.from_email like '%managedsub.com'
        end as is_outward
    from records
    left join known
        on records.record_id = known.record_id
),

sides as (
    select
        *,
        case
            when is_outward then {{ binance_wallet("from_account_type") }}
            when not is_outward then {{ binance_wallet("to_account_type") }}
        end as wallet,
        case when is_outward then -moved_amount else moved_amount end as signed_amount
    from directed
),

legs as (
    select
        *,
        'own_side' as leg_role,
        -- Futures and margin wallets have lists of their own, which tell their side.
        case when wallet not in ({{ binance_transfer_wallets() }}) then 0 else signed_amount end as amount,
        case when is_outward then to_email else from_email end as other_email,
        case
            when status_code = 'SUCCESS' then 'completed'
            when status_code in ('PROCESS', 'INIT') then 'pending'
            when status_code in ('FAILURE', 'FAILED') then 'failed'
            else 'unknown'
        end as record_status,
        transferred_at as occurred_at
    from sides
)

{{ binance_legs(
    'legs', 'managed_transfers',
    event_id=record_id('binance', 'transfers', account_ref="'family'", source_raw_id='tran_id'),
    type="case record_status when 'unknown' then 'unknown' else 'transfer' end",
    subtype="'managed_sub_account'",
    status='record_status',
    counterparty='other_email',
    unmapped_because="'nothing tells which side of the transfer is the account, or which of its wallets'",
    source_stream='stream',
    source_table="'staging_binance.raw_' || stream"
) }}
