"""The addresses of the sign-in service, one module per noun."""
