{{ record_reads(
    'binance', 'dual_investments',
    created_at=to_instant("raw_payload ->> 'subscriptionTime'"),
    is_closed="raw_payload ->> 'purchaseStatus' in ('SETTLED', 'REFUND_SUCCESS', 'PURCHASE_FAIL')",
    effect="coalesce(raw_payload ->> 'purchaseStatus', '')"
) }}
