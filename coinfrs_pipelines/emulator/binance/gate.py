"""What stands before every face of the emulated Binance: weights, keys, clocks, signatures.

The signature is checked over the query string and the body exactly as they were sent, so that a
client has to percent-encode first and sign then. Everything is measured by the venue's own clock.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl

from coinfrs_pipelines.emulator.binance import refusals
from coinfrs_pipelines.emulator.binance.accounts import ApiKey
from coinfrs_pipelines.emulator.binance.calls import (
    Argument,
    Call,
    Face,
    OpenCall,
    OpenFace,
    Parameter,
)
from coinfrs_pipelines.emulator.binance.limits import Limits
from coinfrs_pipelines.emulator.binance.refusals import Refusal
from coinfrs_pipelines.emulator.binance.wire import from_milliseconds
from coinfrs_pipelines.emulator.emulation import Emulation
from coinfrs_pipelines.emulator.faults import Faults
from coinfrs_pipelines.emulator.injections import Failure
from coinfrs_pipelines.emulator.unanswered import Unanswered

KEY_LENGTH = 64
AHEAD_MAX = timedelta(milliseconds=1_000)
RECEIVE_WINDOW_DEFAULT = Decimal(5_000)
RECEIVE_WINDOW_MAX = Decimal(60_000)
# Timestamps of this size are in microseconds.
MICROSECONDS_FROM = 10**14
SIGNATURE = re.compile(r"(^|&)signature=([^&]*)")
WHOLE = re.compile(r"^[0-9]{1,20}$")


@dataclass(frozen=True)
class Received:
    """A request as it came: the raw query string and body are what was signed."""

    method: str
    path: str
    query: str
    body: str
    api_key: str
    origin: str = ""

    def sent(self) -> dict[str, str]:
        """Return the parameters of query string and body, decoded.

        Raises:
            Refusal: a parameter came twice.

        """
        values: dict[str, str] = {}
        for part in (self.query, self.body):
            for name, value in parse_qsl(part, keep_blank_values=True):
                if name in values:
                    raise Refusal(-1101, "Duplicate values for a parameter detected.")
                values[name] = value
        return values


@dataclass
class Answer:
    """An answer on its way out."""

    status: int
    content: Any
    headers: dict[str, str] = field(default_factory=dict)


class Gate:
    """Checks a request in the venue's order and lets the face answer it."""

    def __init__(self, emulation: Emulation, faces: tuple[Face | OpenFace, ...]) -> None:
        self._emulation = emulation
        self._limits = Limits(emulation.limits_factor)
        self._faces = {(face.method, face.path): face for face in faces}

    def answer(self, received: Received) -> Answer:
        """Answer a request; a path without a face is HTTP 404 without a body.

        Raises:
            Unanswered: a fault sends something else than the venue's own form.

        """
        face = self._faces.get((received.method, received.path))
        if face is None:
            return Answer(404, None)
        headers: dict[str, str] = {}
        try:
            content = self._content(face, received, headers)
        except Refusal as refusal:
            error = {"code": refusal.code, "msg": refusal.message}
            return Answer(refusal.status, error, {**headers, **refusal.headers})
        return Answer(200, content, headers)

    def _content(self, face: Face | OpenFace, received: Received, headers: dict[str, str]) -> Any:
        now = self._emulation.clock.now()
        self._limits.check_ban(now)
        faults = self._faults(received.api_key)
        for fault in faults:
            _fail(fault.takes_failure(received.path))
        if not face.bucket.is_per_account:
            weight = _weight(face, received)
            headers.update(self._limits.spend(face.bucket, face.path, "", weight, now))
        if isinstance(face, OpenFace):
            if face.needs_key:
                self._key(received.api_key)
            arguments = _arguments(face.parameters, received.sent())
            return face.answer(OpenCall(now, arguments, faults, self._limits))
        key = self._key(received.api_key)
        if face.bucket.is_per_account:
            account_ref = str(key.account.uid)
            headers.update(
                self._limits.spend(face.bucket, face.path, account_ref, face.weight, now)
            )
        sent = received.sent()
        _check_timestamp(sent, now)
        _check_signature(received, key)
        if face.keys not in {"any", key.account.kind}:
            raise refusals.unsupported_operation()
        world = self._emulation.world_of(received.api_key)
        assert world is not None  # noqa: S101  # The key was found in it.
        if face.needs_sub_accounts and len(world.binance.accounts) == 1:
            raise refusals.sub_accounts_not_enabled()
        if face.product is not None and face.product not in key.account.products:
            raise refusals.not_opened(face.product)
        arguments = _arguments(face.parameters, sent)
        return face.answer(
            Call(
                now,
                arguments,
                faults,
                self._limits,
                face.path,
                key,
                world.binance,
                received.origin,
            )
        )

    def _faults(self, api_key: str) -> tuple[Faults, ...]:
        """Return the faults of the key's world; without a key those of all worlds may strike."""
        world = self._emulation.world_of(api_key)
        if world is not None:
            return (world.faults,)
        return tuple(world.faults for world in self._emulation.worlds.values())

    def _key(self, api_key: str) -> ApiKey:
        if len(api_key) != KEY_LENGTH or not api_key.isalnum():
            raise refusals.key_format()
        world = self._emulation.world_of(api_key)
        key = world.binance.key(api_key) if world is not None else None
        if world is None or key is None or world.faults.is_revoked(api_key):
            raise refusals.key_rejected()
        if not key.permissions["enableReading"]:
            raise refusals.key_rejected()
        return key


def _fail(failure: Failure | None) -> None:
    if failure is None:
        return
    if failure.body != "json":
        raise Unanswered(failure)
    headers = (
        {}
        if failure.retry_after_seconds is None
        else {"Retry-After": str(failure.retry_after_seconds)}
    )
    if failure.status == 429:  # noqa: PLR2004  # HTTP's own number.
        raise Refusal(-1003, "Too many requests.", 429, headers)
    if failure.status == 404:  # noqa: PLR2004  # HTTP's own number.
        raise Refusal(-5000, f"Path {failure.path}, Method GET is invalid", 404)
    if failure.status == 400:  # noqa: PLR2004  # HTTP's own number.
        raise Refusal(-26001, "The account has no access to this product.")
    if failure.status == 403:  # noqa: PLR2004  # HTTP's own number.
        raise Refusal(-2, "Request blocked.", 403)
    text = "Internal error; unable to process your request. Please try again."
    raise Refusal(-1001, text, failure.status, headers)


def _weight(face: Face | OpenFace, received: Received) -> int:
    if isinstance(face, Face) and face.weight_with is not None:
        name, weight = face.weight_with
        if re.search(rf"(^|&){name}=", received.query):
            return weight
    return face.weight


def _check_timestamp(sent: Mapping[str, str], now: datetime) -> None:
    window = RECEIVE_WINDOW_DEFAULT
    if "recvWindow" in sent:
        try:
            window = Decimal(sent["recvWindow"])
        except InvalidOperation:
            raise refusals.illegal("recvWindow", "^[0-9]{1,20}(\\.[0-9]{1,3})?$") from None
        if window > RECEIVE_WINDOW_MAX:
            raise refusals.receive_window_too_large()
    if not sent.get("timestamp"):
        raise refusals.mandatory("timestamp")
    if not WHOLE.match(sent["timestamp"]):
        raise refusals.illegal("timestamp", WHOLE.pattern)
    timestamp = int(sent["timestamp"])
    if timestamp >= MICROSECONDS_FROM:
        signed_at = from_milliseconds(0) + timedelta(microseconds=timestamp)
    else:
        signed_at = from_milliseconds(timestamp)
    if signed_at >= now + AHEAD_MAX:
        raise refusals.too_early()
    if now - signed_at > timedelta(microseconds=int(window * 1_000)):
        raise refusals.too_late()


def _check_signature(received: Received, key: ApiKey) -> None:
    signatures = [
        match.group(2)
        for part in (received.query, received.body)
        if (match := SIGNATURE.search(part))
    ]
    if len(signatures) != 1 or not signatures[0]:
        raise refusals.mandatory("signature")
    payload = "".join(_without_signature(part) for part in (received.query, received.body))
    if not key.has_signed(payload, signatures[0]):
        raise refusals.bad_signature()


def _without_signature(part: str) -> str:
    return SIGNATURE.sub("", part).removeprefix("&")


def _arguments(parameters: tuple[Parameter, ...], sent: Mapping[str, str]) -> dict[str, Argument]:
    arguments: dict[str, Argument] = {}
    for parameter in parameters:
        name = parameter.name
        if name in sent:
            arguments[name] = _argument(parameter, sent[name])
        elif parameter.is_mandatory:
            raise refusals.mandatory(name)
        elif parameter.default is not None:
            arguments[name] = parameter.default
    return arguments


def _argument(parameter: Parameter, value: str) -> Argument:
    name = parameter.name
    if not value:
        raise refusals.mandatory(name) if parameter.is_mandatory else refusals.empty(name)
    if parameter.kind == "text":
        if parameter.one_of and value not in parameter.one_of:
            raise refusals.invalid(name)
        return value
    if parameter.kind == "flag":
        if value.lower() not in {"true", "false"}:
            raise refusals.illegal(name, "true|false")
        return value.lower() == "true"
    if not WHOLE.match(value):
        raise refusals.illegal(name, WHOLE.pattern)
    number = int(value)
    too_small = parameter.at_least is not None and number < parameter.at_least
    if too_small or (parameter.at_most is not None and number > parameter.at_most):
        raise refusals.invalid(name)
    return number
