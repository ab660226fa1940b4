{{ binance_income_files('pm_um_income') }}
