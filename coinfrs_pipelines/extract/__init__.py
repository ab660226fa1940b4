"""Stage 1: from the venues to the staging schemas, verbatim, with proof of what was read."""
