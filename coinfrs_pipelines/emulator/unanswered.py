"""Answers that are no venue's JSON: the pages of what stands before it, and a connection cut.

What a venue itself says when it fails is in each venue's `refusals`.
"""

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from coinfrs_pipelines.emulator.injections import HTML, Failure

BEGUN = b'{"begun":'


class Unanswered(Exception):  # noqa: N818  # What comes instead of an answer, not a defect.
    """A request that is not answered, or not in the venue's own form."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure

    def response(self) -> Response:
        """Return what is sent instead."""
        failure = self.failure
        if failure.body == "cut":
            return CutResponse(BEGUN)
        page = HTML.format(status=failure.status) if failure.body == "html" else ""
        return Response(page, failure.status, media_type="text/html")


class CutResponse(Response):
    """An answer that promises more than it brings; the server then closes the connection.

    It says so in its log, once each time.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send the beginning of an answer, and never the rest."""
        headers = [(b"content-type", b"application/json"), (b"content-length", b"4096")]
        await send({"type": "http.response.start", "status": self.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
