"""Speaks HTTP with Alice: logging in, paging, pausing, repeating, and the meaning of every answer.

The only importer of `requests`. Payloads in, payloads out; it does not know what a kind is, and decides nothing
about an unknown outcome but to say that it is one. See docs/alice-api.md#transport, #lists, #writes and #lost-answers.
"""

from provisioner.api.auth import Credentials, credentials_from, remarks, shown_user, user_from
from provisioner.api.client import Client, Requests
from provisioner.api.responses import Capabilities
from provisioner.api.throttle import Cancelled

__all__ = [
    "Cancelled",
    "Capabilities",
    "Client",
    "Credentials",
    "Requests",
    "credentials_from",
    "remarks",
    "shown_user",
    "user_from",
]
