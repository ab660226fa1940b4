{{ binance_fill_legs('spot_trades') }}
