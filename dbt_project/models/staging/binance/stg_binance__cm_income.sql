{{ binance_income('cm_income') }}
