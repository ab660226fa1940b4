{{ binance_income('um_income') }}
