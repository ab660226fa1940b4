"""Binance: signing, streams, positions and the proof that a key may only read."""
