-- No field names what is paid.
{{ binance_rewards('rwusd_rewards', paid_in='RWUSD', amount='rewardsAmount') }}
