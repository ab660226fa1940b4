{{ binance_rewards('bfusd_rewards', asset='rewardAsset', amount='rewardsAmount') }}
