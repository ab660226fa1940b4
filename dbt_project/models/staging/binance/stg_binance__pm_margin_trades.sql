{{ binance_fill('pm_margin_trades', 'id', has_quote_amount=false) }}
