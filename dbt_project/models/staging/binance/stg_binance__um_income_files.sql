{{ binance_income_files('um_income') }}
