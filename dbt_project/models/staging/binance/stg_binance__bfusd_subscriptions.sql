{{ binance_exchanges(
    'bfusd_subscriptions',
    given=['asset', 'amount'],
    received=['receiveAsset', 'receiveAmount']
) }}
