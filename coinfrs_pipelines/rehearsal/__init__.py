"""The whole product against emulated venues: the demo, and simulations that know the truth.

Everything here uses the product from outside (its processes, its HTTP, its jobs) and the emulator
by its admin API. Nothing of the product imports it, but the two commands that start it.
"""
