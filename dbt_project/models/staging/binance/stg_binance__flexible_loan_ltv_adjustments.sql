{{ binance_loans(
    'flexible_loan_ltv_adjustments',
    time='adjustTime',
    collateral=['collateralCoin', 'collateralAmount'],
    direction='direction'
) }}
