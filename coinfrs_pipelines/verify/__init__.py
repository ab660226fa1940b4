"""Stage 3: is it all there? Verdicts are written down, checked and reported, never decided here."""
