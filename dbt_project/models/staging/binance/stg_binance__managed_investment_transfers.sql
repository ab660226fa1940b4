{{ binance_managed_transfers('managed_investment_transfers') }}
