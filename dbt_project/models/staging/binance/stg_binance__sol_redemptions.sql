{{ binance_exchanges(
    'sol_redemptions',
    given=['asset', 'amount'],
    received=['distributeAsset', 'distributeAmount'],
    arrives='arrivalTime'
) }}
