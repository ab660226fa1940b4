{{ record_reads(
    'binance', 'withdrawals',
    created_at=to_utc_text_instant("raw_payload ->> 'applyTime'"),
    is_closed="raw_payload ->> 'status' in ('1', '3', '5', '6')"
) }}
