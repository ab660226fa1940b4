{{ binance_loans(
    'flexible_loan_borrows',
    time='borrowTime',
    loan=['loanCoin', 'initialLoanAmount'],
    collateral=['collateralCoin', 'initialCollateralAmount'],
    status='status'
) }}
