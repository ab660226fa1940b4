"""The shared kernel: settings, the database, encryption and the registry of data sources.

It knows no venue, no Dagster, no dbt and no web framework; every stage may import it.
"""
