{{ binance_exchanges(
    'sol_stakings',
    given=['asset', 'amount'],
    received=['distributeAsset', 'distributeAmount']
) }}
