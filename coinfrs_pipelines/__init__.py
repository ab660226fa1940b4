"""From a registered read-only key to a verdict on every day: extract, transform, verify."""
