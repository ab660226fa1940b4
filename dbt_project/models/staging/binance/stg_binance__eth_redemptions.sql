{{ binance_exchanges(
    'eth_redemptions',
    given=['asset', 'amount'],
    received=['distributeAsset', 'distributeAmount'],
    arrives='arrivalTime'
) }}
