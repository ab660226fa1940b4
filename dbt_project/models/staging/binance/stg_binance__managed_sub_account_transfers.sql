{{ binance_managed_transfers('managed_sub_account_transfers') }}
