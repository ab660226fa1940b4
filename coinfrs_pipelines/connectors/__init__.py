"""Talk to the venues and return their JSON verbatim; know no database and no Dagster."""
