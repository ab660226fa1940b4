{{ binance_exchanges('wbeth_wraps', given=['fromAsset', 'fromAmount'], received=['toAsset', 'toAmount']) }}
