{{ binance_income('pm_um_income') }}
