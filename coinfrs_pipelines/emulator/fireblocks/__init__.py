"""A Fireblocks workspace you can run: its history, its holdings, and the faces that show both.

Written from the protocol reference, against the wire: connectors are never imported here.
"""
