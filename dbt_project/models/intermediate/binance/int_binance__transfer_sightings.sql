{% set seen -%}
    record_id as sighting_id,
        owner_id,
        environment,
        tran_id,
        data_source_id,
        account_ref as reader_ref,
        source_raw_id,
        source_id,
        recorded_at,
        asset,
        amount,
        status_code,
        transferred_at
{%- endset %}
{% set words = "replace(transfer_type, 'PORTFOLIO_MARGIN', 'PORTFOLIOMARGIN')" %}

with between_wallets as (
    select
        {{ seen }},
        1 as preference,
        'asset_transfers' as source_stream,
        account_ref as from_ref,
        {{ binance_wallet("split_part(" ~ words ~ ", '_', 1)") }} as from_wallet,
        false as is_from_unmapped,
        account_ref as to_ref,
        {{ binance_wallet("split_part(" ~ words ~ ", '_', 2)") }} as to_wallet,
        false as is_to_unmapped
    from {{ ref('stg_binance__asset_transfers') }}
    where error_reason is null
),

-- Whose the other side is: the master's whose list shows this sub-account, or a sub-account of that list.
families as (
    select
        owner_id,
        environment,
        sub_user_id,
        max(account_ref) as master_ref
    from {{ ref('stg_binance__sub_accounts') }}
    where error_reason is null
    group by owner_id, environment, sub_user_id
),

seen_by_subs as (
    select
        transfers.*,
        case
            when transfers.counterparty_kind = 'master' then families.master_ref
            else emails.account_ref
        end as counterparty_ref
    from {{ ref('stg_binance__sub_account_transfers') }} as transfers
    left join families
        on
            transfers.owner_id = families.owner_id
            and transfers.environment = families.environment
            and transfers.account_ref = families.sub_user_id
    left join {{ ref('int_binance__family_emails') }} as emails
        on
            families.owner_id = emails.owner_id
            and families.environment = emails.environment
            and families.master_ref = emails.master_ref
            and transfers.counterparty_email = emails.email
    where transfers.error_reason is null
),

of_sub_accounts as (
    select
        {{ seen }},
        2 as preference,
        'sub_account_transfers' as source_stream,
        case when is_inward then counterparty_ref else account_ref end as from_ref,
        {{ binance_wallet("from_account_type") }} as from_wallet,
        false as is_from_unmapped,
        case when is_inward then account_ref else counterparty_ref end as to_ref,
        {{ binance_wallet("to_account_type") }} as to_wallet,
        false as is_to_unmapped
    from seen_by_subs
),

seen_by_masters as (
    select
        transfers.*,
        senders.account_ref as from_ref,
        receivers.account_ref as to_ref
    from {{ ref('stg_binance__universal_transfers') }} as transfers
    left join {{ ref('int_binance__family_emails') }} as senders
        on
            transfers.owner_id = senders.owner_id
            and transfers.environment = senders.environment
            and transfers.account_ref = senders.master_ref
            and transfers.from_email = senders.email
    left join {{ ref('int_binance__family_emails') }} as receivers
        on
            transfers.owner_id = receivers.owner_id
            and transfers.environment = receivers.environment
            and transfers.account_ref = receivers.master_ref
            and transfers.to_email = receivers.email
    where transfers.error_reason is null
),

of_masters as (
    select
        {{ seen }},
        3 as preference,
        'universal_transfers' as source_stream,
        from_ref,
        {{ binance_wallet("from_account_type") }} as from_wallet,
        from_ref is null as is_from_unmapped,
        to_ref,
        {{ binance_wallet("to_account_type") }} as to_wallet,
        to_ref is null as is_to_unmapped
    from seen_by_masters
)

select * from between_wallets
union all
select * from of_sub_accounts
union all
select * from of_masters
