{{ binance_rewards('onchain_yield_rewards', asset='asset', amount='amount') }}
