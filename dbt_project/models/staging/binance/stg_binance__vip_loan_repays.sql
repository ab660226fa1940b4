{{ binance_loans(
    'vip_loan_repays',
    time='repayTime',
    loan=['loanCoin', 'repayAmount'],
    status='repayStatus'
) }}
