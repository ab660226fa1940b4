{{ binance_exchanges(
    'eth_stakings',
    given=['asset', 'amount'],
    received=['distributeAsset', 'distributeAmount']
) }}
