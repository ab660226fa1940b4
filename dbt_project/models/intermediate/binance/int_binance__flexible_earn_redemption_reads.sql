{{ record_reads(
    'binance', 'flexible_earn_redemptions',
    created_at=to_instant("raw_payload ->> 'time'"),
    is_closed="raw_payload ->> 'status' in ('PAID', 'FAILED')"
) }}
