{{ binance_loans(
    'flexible_loan_repays',
    time='repayTime',
    loan=['loanCoin', 'repayAmount'],
    collateral=['collateralCoin', 'collateralReturn'],
    status='repayStatus'
) }}
