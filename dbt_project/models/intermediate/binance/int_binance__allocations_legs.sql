-- What smart order routing allocated to an order: fills that are no trades of the account.
{{ binance_fill_legs('allocations') }}
