"""The whole product against emulated venues: the demo, simulations that know the truth, measures.

Everything here is a caller of the product: of its processes and pages, its jobs, its registration,
and of its database for what came of them. The emulator is steered by its admin API. Nothing of the
product imports it, but the four commands that start it.
"""
