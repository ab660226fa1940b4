{{ record_reads(
    'binance', 'deposits',
    created_at=to_instant("raw_payload ->> 'insertTime'"),
    is_closed="raw_payload ->> 'status' in ('1', '2', '6', '7')",
    effect="coalesce(raw_payload ->> 'status' in ('1', '6'), false)"
) }}
