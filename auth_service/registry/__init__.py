"""What a signed-in user has: portfolios and what is in them, data sources, verdicts.

One module per noun, for the routes and the pages alike. Every function takes a connection of
`services.registry` (one transaction, in the role `coinfrs_registry`) and the user, and refuses by
an `ApiError`. Left out: HTTP.
"""
