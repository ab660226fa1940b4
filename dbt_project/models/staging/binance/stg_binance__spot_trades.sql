{{ binance_fill('spot_trades', 'id') }}
