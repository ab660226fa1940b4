{{ binance_exchanges(
    'rwusd_subscriptions',
    given=['asset', 'amount'],
    received=['receiveAsset', 'receiveAmount']
) }}
