{{ binance_exchanges(
    'bfusd_redemptions',
    given=['asset', 'amount'],
    received=['receiveAsset', 'receiveAmount'],
    arrives='arrivalTime'
) }}
