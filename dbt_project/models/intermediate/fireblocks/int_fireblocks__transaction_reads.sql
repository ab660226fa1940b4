{{ record_reads(
    'fireblocks', 'transactions',
    created_at=to_instant("raw_payload ->> 'createdAt'"),
    is_closed="raw_payload ->> 'status' in ('COMPLETED', 'CANCELLED', 'BLOCKED', 'FAILED', 'REJECTED')"
) }}
