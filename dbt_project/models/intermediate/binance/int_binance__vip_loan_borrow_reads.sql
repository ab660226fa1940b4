{{ record_reads(
    'binance', 'vip_loan_borrows',
    created_at=to_instant("raw_payload ->> 'loanDate'"),
    is_closed="lower(raw_payload ->> 'status') <> 'pending'"
) }}
