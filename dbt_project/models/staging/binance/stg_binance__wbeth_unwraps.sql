{{ binance_exchanges('wbeth_unwraps', given=['fromAsset', 'fromAmount'], received=['toAsset', 'toAmount']) }}
