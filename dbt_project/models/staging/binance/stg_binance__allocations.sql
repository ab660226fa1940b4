{{ binance_fill('allocations', 'allocationId') }}
