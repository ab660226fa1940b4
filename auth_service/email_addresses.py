"""The one form of an e-mail address: a single plain ASCII mailbox, in lower case.

Stricter than mail itself on purpose: no display name, quoting, address literal, blank around it,
letter that looks like another, or punycode. Who signs in twice in two spellings is one person, and
an address can never become two recipients.
"""

from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, StringConstraints


def canonical_email(text: str) -> str:
    """Return the address in its one form.

    Raises:
        ValueError: it is none; the message does not repeat it.

    """
    refusal = "must be one plain e-mail address like name@example.com"
    if not text.isascii():
        raise ValueError(refusal)
    try:
        parts = validate_email(
            text,
            allow_smtputf8=False,
            allow_quoted_local=False,
            allow_domain_literal=False,
            allow_display_name=False,
            check_deliverability=False,
        )
    except EmailNotValidError:
        parts = None
    if parts is None:
        raise ValueError(refusal)
    address = parts.normalized.lower()
    # What the parser had to change was not plain: it decodes punycode, too.
    if address != text.lower():
        raise ValueError(refusal)
    return address


EmailAddress = Annotated[
    str, StringConstraints(min_length=3, max_length=254), AfterValidator(canonical_email)
]
