{{ binance_rewards('soft_staking_rewards', asset='rewardAsset', amount='rewards') }}
