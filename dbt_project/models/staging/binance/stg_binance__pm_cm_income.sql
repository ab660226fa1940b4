{{ binance_income('pm_cm_income') }}
