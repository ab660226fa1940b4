{{ record_reads(
    'binance', 'c2c_orders',
    created_at=to_instant("raw_payload ->> 'createTime'"),
    is_closed="raw_payload ->> 'orderStatus' in ('COMPLETED', 'CANCELLED', 'CANCELLED_BY_SYSTEM')",
    scope="raw_payload ->> 'tradeType'"
) }}
