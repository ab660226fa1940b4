{{ record_reads(
    'binance', 'flexible_loan_liquidations',
    created_at=to_instant("raw_payload ->> 'liquidationStartingTime'"),
    is_closed="lower(raw_payload ->> 'status') = 'liquidated'"
) }}
