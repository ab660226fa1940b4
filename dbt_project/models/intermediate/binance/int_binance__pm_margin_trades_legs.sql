-- A fill of the margin ledger. Its row tells no amount of the quote asset: the price times the quantity.
{{ binance_fill_legs('pm_margin_trades', quote_amount='trades.price * trades.base_amount') }}
