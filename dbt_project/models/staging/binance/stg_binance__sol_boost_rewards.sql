{{ binance_rewards('sol_boost_rewards', asset='token', amount='amount', status='status') }}
