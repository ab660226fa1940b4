{{ record_reads(
    'binance', 'conversions',
    created_at=to_instant("raw_payload ->> 'createTime'"),
    is_closed="raw_payload ->> 'orderStatus' in ('SUCCESS', 'FAIL')"
) }}
