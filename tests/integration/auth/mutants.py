"""The defences of the sign-in service, one removed at a time, and the attacks that notice.

Each mutant is a change of one place of the product: the text that stands there, once in its file,
and what stands there instead. `mutate.py` applies it to a copy and runs the attacks named here.
"""

from __future__ import annotations

from dataclasses import dataclass

SIGN_IN = "test_sign_in.py::test_"
SESSIONS = "test_sessions.py::test_"
GOOGLE = "test_google.py::test_"
TOKENS = "test_tokens.py::test_"
EVERY = "test_every_request.py::test_"
NETWORK = "test_network.py::test_"
PASSWORDS = "test_passwords.py::test_"
EXPIRY = "test_expiry.py::test_"
TIMING = "test_timing.py::test_"
FORMS = "test_forms.py::test_"


@dataclass(frozen=True)
class Mutant:
    """One removed defence."""

    removed: str
    file: str
    text: str
    instead: str
    attacks: tuple[str, ...]


def _id_token(rule: str, text: str, attack: str) -> Mutant:
    """Return the mutant that takes one rule about id_tokens away."""
    attacks = (f"{GOOGLE}p25_an_id_token_with_a_wrong_claim_is_refused[redis-{attack}]",)
    return Mutant(f"the rule about {rule} of an id_token", "id_tokens.py", text, "", attacks)


MUTANTS = (
    # Codes.
    Mutant(
        "counting the attempts at a code",
        "redis_codes.py",
        "attempts = attempts + 1\n",
        "attempts = attempts + 0\n",
        (f"{SIGN_IN}p01_after_three_wrong_guesses_the_right_code_is_refused[redis]",),
    ),
    Mutant(
        "a code is gone once it was right",
        "redis_codes.py",
        "    redis.call('HDEL', codes, field)\n    return 'accepted'",
        "    return 'accepted'",
        (
            f"{SIGN_IN}p03_twenty_parallel_verifies_of_one_code_have_one_success[redis]",
            f"{SIGN_IN}p04_a_code_is_used_once[redis]",
        ),
    ),
    Mutant(
        "the lock that puts parallel attempts in a row",
        "postgres_codes.py",
        '            connection.execute(_LOCK, {"subject": subject})\n',
        "",
        (f"{SIGN_IN}p03_twenty_parallel_verifies_of_one_code_have_one_success[postgres]",),
    ),
    Mutant(
        "a new code replaces the one before",
        "redis_codes.py",
        "'|0|' .. digest, 'newest', challenge)",
        "'|0|' .. digest)\nredis.call('HSETNX', codes, 'newest', challenge)",
        (f"{SIGN_IN}p06_a_resent_code_replaces_the_one_before[redis]",),
    ),
    Mutant(
        "a code expires",
        "postgres_codes.py",
        "where subject = :subject and expires_at > clock_timestamp() and digest is not null",
        "where subject = :subject and digest is not null",
        (f"{EXPIRY}p07_a_code_expires",),
    ),
    Mutant(
        "the hour's limit of codes",
        "redis_codes.py",
        "if redis.call('ZCARD', requests) >= allowed then",
        "if false then",
        (f"{SIGN_IN}p08_an_address_gets_five_codes_an_hour_however_it_is_spelt[redis]",),
    ),
    Mutant(
        "the day's limit of wrong codes",
        "redis_codes.py",
        "if redis.call('ZCARD', failures) >= allowed then return 'locked' end\n",
        "",
        (f"{SIGN_IN}p09_a_days_failures_lock_the_right_code_too[redis]",),
    ),
    Mutant(
        "the alarm about wrong codes of all addresses",
        "routes/sign_in.py",
        "if services.limits.failed():",
        "if False:",
        (f"{NETWORK}p09_many_wrong_codes_of_anybody_raise_an_alarm_and_keep_nobody_out",),
    ),
    Mutant(
        "a code is six ASCII digits",
        "routes/sign_in.py",
        'pattern=r"^[0-9]{6}$"',
        r'pattern=r"^\d{6}$"',
        (f"{SIGN_IN}p13_a_code_is_six_digits_and_text",),
    ),
    # Addresses.
    Mutant(
        "one account for an address in any case",
        "email_addresses.py",
        "address = parts.normalized.lower()",
        "address = parts.normalized",
        (f"{SIGN_IN}p16_an_address_in_any_case_is_one_account[redis]",),
    ),
    Mutant(
        "an address is ASCII",
        "email_addresses.py",
        "if not text.isascii():",
        "if False:",
        (f"{SIGN_IN}p15_an_address_has_no_letter_that_looks_like_another",),
    ),
    Mutant(
        "an address is what its parser reads",
        "email_addresses.py",
        "    if address != text.lower():\n        raise ValueError(refusal)\n",
        "",
        (f"{SIGN_IN}p15_an_address_has_no_letter_that_looks_like_another",),
    ),
    # Every request.
    Mutant(
        "unknown fields are refused",
        "routes/sign_in.py",
        '    """Who wants to sign in."""\n\n    model_config = ConfigDict(extra="forbid", ',
        '    """Who wants to sign in."""\n\n    model_config = ConfigDict(',
        (f"{EVERY}p56_unknown_fields_are_refused_and_not_repeated",),
    ),
    Mutant(
        "a refusal does not repeat its input",
        "errors.py",
        "errors=[_named(each) for each",
        "errors=[str(each) for each",
        (f"{EVERY}p67_a_refusal_never_repeats_what_was_sent",),
    ),
    Mutant(
        "the limit of an announced body",
        "hardening.py",
        "if _announced_bytes(scope) > self._max_body_bytes:",
        "if False:",
        (f"{EVERY}p80_an_announced_length_may_lie",),
    ),
    Mutant(
        "the limit of a body that comes in chunks",
        "hardening.py",
        "if self._left < 0:",
        "if False:",
        (f"{EVERY}p80_a_body_has_a_limit_announced_or_not",),
    ),
    Mutant(
        "no referrer",
        "hardening.py",
        '    "referrer-policy": "no-referrer",\n',
        "",
        (f"{EVERY}p82_every_answer_has_the_security_headers",),
    ),
    Mutant(
        "nothing is kept by a cache",
        "hardening.py",
        '    "cache-control": "no-store",\n',
        "",
        (f"{EVERY}p82_every_answer_has_the_security_headers",),
    ),
    Mutant(
        "no redirect is built from the Host header",
        "main.py",
        "redirect_slashes=False",
        "redirect_slashes=True",
        (f"{EVERY}p87_the_host_header_decides_nothing",),
    ),
    # Access tokens.
    Mutant(
        "the algorithm of an access token is pinned",
        "tokens.py",
        "decoded = jwt.decode(token, key, algorithms=[ALGORITHM])",
        'decoded = jwt.decode(token, key, algorithms=[ALGORITHM, "none"])',
        (f"{TOKENS}p42_an_unsigned_token_is_refused",),
    ),
    Mutant(
        "an access token has its own type",
        "tokens.py",
        'if decoded.header.get("typ") != TOKEN_TYPE:',
        "if False:",
        (f"{TOKENS}p41_a_token_of_another_type_is_refused",),
    ),
    Mutant(
        "the issuer of an access token",
        "tokens.py",
        'iss={"essential": True, "value": issuer}',
        'iss={"essential": True}',
        (f"{TOKENS}p41_a_claim_of_another_value_is_refused",),
    ),
    Mutant(
        "the audience of an access token",
        "tokens.py",
        'aud={"essential": True, "value": audience}',
        'aud={"essential": True}',
        (f"{TOKENS}p41_a_claim_of_another_value_is_refused",),
    ),
    Mutant(
        "every claim of an access token is required",
        "tokens.py",
        'jti={"essential": True}',
        'jti={"essential": False}',
        (f"{TOKENS}p41_every_claim_is_required",),
    ),
    Mutant(
        "the length of an access token",
        "tokens.py",
        "if len(token) <= _TOKEN_CHARACTERS_MAX:",
        "if True:",
        (f"{TOKENS}p42_a_token_far_longer_than_ours_is_not_even_read",),
    ),
    Mutant(
        "the epoch of an access token",
        "services.py",
        "if user is None or user.token_epoch != claims.epoch:",
        "if user is None:",
        (f"{PASSWORDS}p17_a_takeover_ends_the_sessions_and_tokens_of_before",),
    ),
    Mutant(
        "the denylist of ended sessions",
        "services.py",
        "if services.sessions.has_ended(claims.session_id):",
        "if False:",
        (f"{SESSIONS}p47_logging_out_ends_the_refresh_token_and_the_access_token[redis]",),
    ),
    # Sessions.
    Mutant(
        "a refresh token is used once",
        "sessions.py",
        "where t.digest = :digest and t.used_at is null and t.expires_at",
        "where t.digest = :digest and t.expires_at",
        (f"{SESSIONS}p46_of_forty_parallel_renewals_at_most_one_succeeds[redis]",),
    ),
    Mutant(
        "a used refresh token ends its session",
        "sessions.py",
        '        self.end(found.session_id, "reuse")\n',
        "",
        (f"{SESSIONS}p45_a_used_refresh_token_ends_the_session_and_its_access_tokens[redis]",),
    ),
    Mutant(
        "the grace of a lost race",
        "sessions.py",
        "        if found.is_recent:\n            raise LostRace\n",
        "",
        (f"{EXPIRY}p94_a_lost_race_costs_one_answer_and_no_session",),
    ),
    Mutant(
        "the grace of a lost race is short",
        "sessions.py",
        "if found.is_recent:",
        "if True:",
        (f"{EXPIRY}p94_after_the_grace_a_used_token_ends_the_session",),
    ),
    Mutant(
        "a session has an absolute age",
        "sessions.py",
        "least(expires_at, clock_timestamp() + make_interval(secs => :life))",
        "clock_timestamp() + make_interval(secs => :life)",
        (f"{EXPIRY}p93_a_session_ends_at_its_absolute_age_however_often_it_is_renewed",),
    ),
    Mutant(
        "a refresh token expires",
        "sessions.py",
        "t.used_at is null and t.expires_at > clock_timestamp()",
        "t.used_at is null",
        (f"{EXPIRY}p43_a_refresh_token_expires",),
    ),
    Mutant(
        "an ended session is not renewed",
        "sessions.py",
        " and s.ended_at is null\n    returning",
        "\n    returning",
        (f"{SESSIONS}p47_logging_out_ends_the_refresh_token_and_the_access_token[redis]",),
    ),
    Mutant(
        "logging out ends one session",
        "sessions.py",
        "    where id = :session and ended_at is null",
        "    where user_id = (select user_id from auth.sessions where id = :session)"
        " and ended_at is null",
        (f"{SESSIONS}p48_logging_out_leaves_other_sessions_of_the_same_person_alone[redis]",),
    ),
    Mutant(
        "a refresh token is kept as a hash",
        "sessions.py",
        "return hashlib.sha256(token.encode()).digest()",
        "return token.encode()",
        (f"{SESSIONS}p69_a_refresh_token_is_kept_as_a_hash_alone[redis]",),
    ),
    Mutant(
        "no script reads the cookie",
        "cookies.py",
        'REFRESH, token, max_age=seconds, path="/", secure=True, httponly=True, samesite="strict"',
        'REFRESH, token, max_age=seconds, path="/", secure=True, httponly=False, samesite="strict"',
        (f"{SESSIONS}p49_the_cookie_is_out_of_reach_of_scripts_other_sites_and_plain_http[redis]",),
    ),
    Mutant(
        "no other site sends the cookie",
        "cookies.py",
        'REFRESH, token, max_age=seconds, path="/", secure=True, httponly=True, samesite="strict"',
        'REFRESH, token, max_age=seconds, path="/", secure=True, httponly=True, samesite="none"',
        (f"{SESSIONS}p49_the_cookie_is_out_of_reach_of_scripts_other_sites_and_plain_http[redis]",),
    ),
    Mutant(
        "the header that no form can send",
        "cookies.py",
        "if header is None or not is_ours:",
        "if not is_ours:",
        (f"{SESSIONS}p50_another_sites_page_can_neither_renew_nor_end_a_session",),
    ),
    Mutant(
        "the origins whose pages may act by the cookie",
        "cookies.py",
        "origin in settings.own_origins if origin is not None",
        "True if origin is not None",
        (f"{SESSIONS}p50_another_sites_page_can_neither_renew_nor_end_a_session",),
    ),
    Mutant(
        "what the browser says of the site",
        "cookies.py",
        'else site in {None, "same-origin"}',
        "else site is None or True",
        (f"{SESSIONS}p50_another_sites_page_can_neither_renew_nor_end_a_session",),
    ),
    # Google.
    Mutant(
        "a state is used once",
        "short_lived.py",
        'self._run("GETDEL", _name(kind, key))',
        'self._run("GET", _name(kind, key))',
        (f"{GOOGLE}p23_a_state_is_used_once[redis]",),
    ),
    Mutant(
        "a state is bound to the browser",
        "google.py",
        'if not hmac.compare_digest(began["browser"], _hash(browser or "")):',
        "if False:",
        (f"{GOOGLE}p24_a_victims_browser_does_not_finish_what_an_attacker_began[redis]",),
    ),
    Mutant(
        "PKCE",
        "google.py",
        '            code_challenge_method="S256",\n',
        "",
        (f"{GOOGLE}p21_what_is_asked_of_the_provider_is_fresh_minimal_and_unguessable[redis]",),
    ),
    Mutant(
        "a parameter comes once",
        "routes/google.py",
        "if len(query) != len(request.query_params.multi_items()):",
        "if False:",
        (f"{GOOGLE}p22_a_parameter_that_comes_twice_is_refused[redis]",),
    ),
    _id_token("iss", '        "iss": claims.get("iss") == issuer,\n', "iss-6"),
    _id_token("aud", '        "aud": audience in (client_id, [client_id]),\n', "aud-2"),
    _id_token(
        "azp",
        '        "azp": claims.get("azp", client_id) == client_id,\n',
        "azp-3",
    ),
    _id_token("exp", '        "exp": now - LEEWAY_SECONDS < expires,\n', "exp-8"),
    _id_token(
        "iat",
        '        "iat": now - AGE_SECONDS_MAX < issued < now + LEEWAY_SECONDS,\n',
        "iat-12",
    ),
    _id_token(
        "nonce",
        '        "nonce": isinstance(said_nonce, str)\n'
        "        and hmac.compare_digest(said_nonce.encode(), nonce.encode()),\n",
        "nonce-14",
    ),
    _id_token(
        "sub",
        '        "sub": isinstance(subject, str)'
        " and 0 < len(subject) <= _SUBJECT_CHARACTERS_MAX,\n",
        "sub-17",
    ),
    _id_token(
        "at_hash",
        '        "at_hash": "at_hash" not in claims'
        ' or claims["at_hash"] == _left_half(access_token),\n',
        "at_hash-21",
    ),
    Mutant(
        "the algorithm of an id_token is pinned",
        "id_tokens.py",
        "algorithms=[ALGORITHM]",
        'algorithms=[ALGORITHM, "none"]',
        (f"{GOOGLE}p25_p26_an_id_token_that_the_issuer_did_not_sign_is_refused[redis-none]",),
    ),
    Mutant(
        "an unknown key is asked for once a minute",
        "id_tokens.py",
        "if age >= (_KEYS_SECONDS if kid in self._keys else _REFETCH_SECONDS):",
        "if kid not in self._keys:",
        (f"{GOOGLE}p96_a_flood_of_unknown_keys_asks_the_issuer_at_most_once_a_minute[redis]",),
    ),
    Mutant(
        "discovery is of the issuer",
        "google.py",
        'if not isinstance(found, dict) or found.get("issuer") != self._issuer:',
        "if not isinstance(found, dict):",
        (f"{GOOGLE}p26_a_discovery_document_of_another_issuer_is_refused",),
    ),
    Mutant(
        "no endpoint names a user",
        "google.py",
        "if parts is None or not parts.hostname or parts.username is not None:",
        "if parts is None or not parts.hostname:",
        (f"{GOOGLE}p26_a_discovery_document_of_another_issuer_is_refused",),
    ),
    Mutant(
        "the answer names its issuer rightly",
        "google.py",
        "        self._require_issuer(query, endpoints)\n",
        "",
        (f"{GOOGLE}p25_an_answer_of_another_issuer_is_refused[redis]",),
    ),
    Mutant(
        "an issuer that promised to name itself does",
        "google.py",
        "if said != self._issuer and (said is not None or is_promised):",
        "if said != self._issuer and said is not None:",
        (f"{GOOGLE}p25_an_issuer_that_promises_to_name_itself_has_to",),
    ),
    Mutant(
        "the token endpoint answers plainly",
        "google.py",
        '                client.register_compliance_hook("access_token_response", _token_answer)\n',
        "",
        (
            f"{GOOGLE}p25_a_good_token_on_a_page_behind_a_redirect_or_in_a_refusal_is_refused[redis]",
        ),
    ),
    Mutant(
        "verified means literally true",
        "id_tokens.py",
        'is_email_verified=claims.get("email_verified") is True',
        'is_email_verified=bool(claims.get("email_verified"))',
        (f"{GOOGLE}p27_an_address_that_is_not_verified_there_opens_nothing",),
    ),
    Mutant(
        "only a verified address links",
        "users.py",
        "if identity.email is None or identity.is_email_verified is not True:",
        "if identity.email is None:",
        (f"{GOOGLE}p27_an_address_that_is_not_verified_there_opens_nothing",),
    ),
    Mutant(
        "one account at Google for an address",
        "users.py",
        'if connection.execute(_LINK, {**names, "id": user.id}).one_or_none() is None:',
        'if connection.execute(_LINK, {**names, "id": user.id}) is None:',
        (f"{GOOGLE}p28_a_second_account_there_cannot_take_an_address[redis]",),
    ),
    Mutant(
        "afterwards one stays here",
        "routes/google.py",
        "        pattern=_PATH,\n",
        "",
        (f"{GOOGLE}p30_nobody_is_sent_elsewhere_afterwards",),
    ),
    # Passwords, and accounts made ahead of their owner.
    Mutant(
        "a takeover drops the password of before",
        "users.py",
        "registration_challenge = null, password_hash = null,",
        "registration_challenge = null,",
        (f"{PASSWORDS}p17_who_proves_an_address_at_google_drops_a_strangers_password",),
    ),
    Mutant(
        "a takeover voids access tokens",
        "users.py",
        "token_epoch = token_epoch + 1",
        "token_epoch = token_epoch",
        (f"{PASSWORDS}p17_a_takeover_ends_the_sessions_and_tokens_of_before",),
    ),
    Mutant(
        "a takeover ends sessions",
        "users.py",
        '    connection.execute(_END_SESSIONS, {"id": row["id"]})\n',
        "",
        (f"{PASSWORDS}p17_a_takeover_ends_the_sessions_and_tokens_of_before",),
    ),
    Mutant(
        "a password belongs to its own registration",
        "users.py",
        'if challenge_id is not None and challenge_id == row["registration_challenge"]:',
        "if challenge_id is not None:",
        (f"{PASSWORDS}p17_who_proves_an_address_by_a_code_drops_a_strangers_password",),
    ),
    Mutant(
        "a password counts once the address is proven",
        "passwords.py",
        "if row is None or known is None or not is_right or not row.is_proven:",
        "if row is None or known is None or not is_right:",
        (f"{PASSWORDS}a_password_counts_once_its_own_registration_is_proven",),
    ),
    Mutant(
        "registering changes no proven account",
        "passwords.py",
        "    where auth.users.email_verified_at is null"
        " and auth.users.registration_challenge is not null\n",
        "",
        (f"{PASSWORDS}registering_somebody_who_is_here_changes_nothing_and_says_nothing",),
    ),
    Mutant(
        "a password that bcrypt cannot take is wrong",
        "passwords.py",
        "except (PwdlibError, ValueError):",
        "except PwdlibError:",
        (f"{PASSWORDS}p89_a_long_password_is_wrong_or_refused_and_never_an_error",),
    ),
    Mutant(
        "the same work where there is no password",
        "passwords.py",
        "is_right, renewed = self._verify(password, known or self._nobodys)",
        "is_right, renewed = self._verify(password, known) if known else (False, None)",
        (f"{TIMING}p11_a_wrong_password_takes_as_long_with_an_account_as_without",),
    ),
    Mutant(
        "few passwords are hashed at once",
        "routes/passwords.py",
        "            entered.password.get_secret_value(),\n            limiter=_checks(request),\n",
        "            entered.password.get_secret_value(),\n",
        (f"{PASSWORDS}p97_a_flood_of_logins_costs_little_memory",),
    ),
    Mutant(
        "the hour's limit of passwords",
        "routes/passwords.py",
        "    await anyio.to_thread.run_sync(_admit, entered.email, services)\n",
        "",
        (f"{PASSWORDS}guesses_at_one_password_are_few_and_leave_the_code_alone",),
    ),
    Mutant(
        "passwords are off by default",
        "routes/passwords.py",
        'if services.settings.legacy_passwords != "on":',
        "if False:",
        (f"{PASSWORDS}by_default_passwords_are_off",),
    ),
    # The network.
    Mutant(
        "the list of origins",
        "main.py",
        "allow_origins=services.settings.cors_origins,",
        'allow_origins=["*"],',
        (f"{NETWORK}p51_a_page_of_another_origin_may_read_nothing",),
    ),
    Mutant(
        "the limit by origin",
        "services.py",
        "of(request).limits.admit(request.client.host if request.client else None)",
        "of(request)",
        (f"{NETWORK}p81_claiming_to_be_forwarded_buys_nothing",),
    ),
    Mutant(
        "only proxies of ours are believed",
        "__main__.py",
        "proxy_headers=bool(settings.trusted_proxies),\n"
        "        forwarded_allow_ips=list(settings.trusted_proxies),",
        'proxy_headers=True,\n        forwarded_allow_ips="*",',
        (f"{NETWORK}p81_claiming_to_be_forwarded_buys_nothing",),
    ),
    Mutant(
        "a network of IPv6 addresses is one origin",
        "rate_limits.py",
        "_IPV6_PREFIX = 64",
        "_IPV6_PREFIX = 128",
        (f"{NETWORK}p81_a_network_of_ipv6_addresses_is_one_origin",),
    ),
    Mutant(
        "no mail without TLS",
        "mail.py",
        'start_tls=settings.smtp_tls == "starttls",',
        "start_tls=None,",
        (f"{NETWORK}p90_a_mail_server_without_tls_gets_no_mail",),
    ),
    Mutant(
        "the mail server is the one it says",
        "mail.py",
        "self._tls = ssl.create_default_context()",
        "self._tls = ssl._create_unverified_context()",
        (f"{NETWORK}p90_a_mail_server_that_nobody_vouches_for_gets_no_mail",),
    ),
    Mutant(
        "mail goes after the answer",
        "routes/sign_in.py",
        "    afterwards.add_task(services.mail.send, letter)\n",
        "    __import__('asyncio').run(services.mail.send(letter))\n",
        (f"{NETWORK}p90_mail_goes_encrypted_and_after_the_answer",),
    ),
    # Pages.
    Mutant(
        "a page's form carries its token",
        "web/forms.py",
        "if not nonce or not hmac.compare_digest(token.encode(), _token(nonce, browser).encode()):",
        "if not nonce:",
        (f"{FORMS}p91_a_form_without_its_token_is_refused[redis-none]",),
    ),
    Mutant(
        "the token of a page's form is bound to the session",
        "web/forms.py",
        "bound_to = f\"{nonce}\\n{browser.session_id or ''}\"",
        "bound_to = nonce",
        (f"{FORMS}p91_the_token_of_another_session_is_refused[redis]",),
    ),
    Mutant(
        "a form comes from a page of ours",
        "web/forms.py",
        "    _require_own_page(request)\n",
        "",
        (
            f"{FORMS}p91_a_form_of_another_origin_is_refused[redis-null]",
            f"{FORMS}p91_nobody_is_signed_in_by_a_form_of_another_site[redis]",
        ),
    ),
    Mutant(
        "the cookie of the pages does not travel from other sites",
        "cookies.py",
        'PAGE, token, max_age=seconds, path="/", secure=True, httponly=True, samesite="strict"',
        'PAGE, token, max_age=seconds, path="/", secure=True, httponly=True, samesite="lax"',
        (f"{FORMS}the_cookies_of_the_pages_are_host_only_and_out_of_reach_of_scripts[redis]",),
    ),
    Mutant(
        "another's session closes the pages of the one before",
        "routes/sessions.py",
        "seconds=session.lives_seconds)\n    cookies.forget_page(response)\n",
        "seconds=session.lives_seconds)\n",
        (f"{FORMS}the_pages_of_one_person_close_when_another_signs_in_at_the_browser",),
    ),
    Mutant(
        "a page runs no script",
        "hardening.py",
        "\"default-src 'none'; style-src 'self';",
        "\"default-src 'none'; script-src 'unsafe-inline'; style-src 'self';",
        (f"{FORMS}a_page_may_load_from_here_alone_and_run_nothing[redis]",),
    ),
    Mutant(
        "after signing in at a page one stays here",
        "web/rendering.py",
        'and not text.startswith(("//", "/\\\\"))',
        "",
        (f"{FORMS}p30_after_signing_in_one_stays_here[redis-another host]",),
    ),
)
