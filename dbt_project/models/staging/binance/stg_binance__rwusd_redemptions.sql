{{ binance_exchanges(
    'rwusd_redemptions',
    given=['asset', 'amount'],
    received=['receiveAsset', 'receiveAmount'],
    arrives='arrivalTime'
) }}
