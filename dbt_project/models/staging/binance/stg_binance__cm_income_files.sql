{{ binance_income_files('cm_income') }}
