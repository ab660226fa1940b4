"""What ends by itself, on a service whose codes and tokens live a second. P..: see test_sign_in."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.integration.auth.conftest import Serve


def test_p07_p43_a_code_and_a_token_expire(serve: Serve) -> None:
    door = serve(OTP_TTL_S="1", ACCESS_TTL_S="1")
    email, other = door.somebody(), door.somebody()
    late = door.code(other)
    with door.with_token(door.sign_in(email)) as http:
        assert http.get("/users/me").status_code == 200
        time.sleep(2)
        assert http.get("/users/me").status_code == 401
    assert door.verify(other, late).status_code == 401
