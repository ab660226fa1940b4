"""The kinds of worlds that a series is made of: what is done to a world, in words.

What each of them does stands in `worlds` and `workspaces`; what must come of it in `series`.
"""

from typing import Literal, get_args

Kind = Literal["whole", "hidden", "gone", "bad-days", "keyless", "unshown", "late"]
WHOLE: Kind = "whole"
HIDDEN: Kind = "hidden"
GONE: Kind = "gone"
BAD_DAYS: Kind = "bad-days"
KEYLESS: Kind = "keyless"
UNSHOWN: Kind = "unshown"
LATE: Kind = "late"
KINDS: tuple[Kind, ...] = get_args(Kind)

# Those of a series of both venues, and of one of Fireblocks alone, in the order of their seeds.
OF_BOTH: tuple[Kind, ...] = (WHOLE, HIDDEN, GONE, BAD_DAYS, KEYLESS, UNSHOWN)
OF_FIREBLOCKS: tuple[Kind, ...] = (WHOLE, HIDDEN, BAD_DAYS, LATE)
# There is one of each of these in a batch, and half as many as whole ones of all other kinds.
ONE_OF = (KEYLESS, UNSHOWN)
AS_MANY = (WHOLE, HIDDEN)


class NoSuchKindError(ValueError):
    """A series of one kind of worlds that its venue does not have."""


def plan(seeds: int, *, venue: str = "", only: Kind | None = None) -> list[Kind]:
    """Return the kind of each world of a batch, one for each seed that follows the first.

    As many worlds are whole as `seeds` says, or, with `only`, are of that kind.

    Raises:
        NoSuchKindError: a series of this venue has no such worlds.

    """
    kinds = OF_FIREBLOCKS if venue else OF_BOTH
    if only is not None:
        if only not in kinds:
            raise NoSuchKindError(
                f"No world of this series is of the kind {only}; choose one of {', '.join(kinds)}."
            )
        return [only] * seeds
    few = max(1, seeds // 2)
    return [
        kind
        for kind in kinds
        for _ in range(seeds if kind in AS_MANY else 1 if kind in ONE_OF else few)
    ]
