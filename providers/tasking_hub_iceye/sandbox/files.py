"""The played ICEYE's content host: files behind signed links that expire, served apart from the API."""

from __future__ import annotations

from datetime import timedelta
from hashlib import blake2b, sha256
from hmac import compare_digest

from tasking_hub import HttpResponse
from tasking_hub.sandbox import SandboxRequest, World, reply, reply_file

PREFIX = "/content"
"""Where files are, as on a host of their own."""

LIFETIME = timedelta(hours=1)
"""How long a link is good (docs.iceye.com, task-products, read 2026-11)."""

_SMALLEST, _LARGEST = 20_000, 90_000
_DENIED = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>{}</Message></Error>'


class Files:
    """Files whose bytes follow from their path and the seed.

    Args:
        world: gives the time and the randomness.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def link(self, base_url: str, path: str) -> str:
        """An address at which the file can be fetched for the next hour without further credentials."""
        expires = str(int((self._world.clock.now() + LIFETIME).timestamp()))
        return f"{base_url}{PREFIX}{path}?Expires={expires}&Signature={self._sign(path, expires)}"

    def download(self, request: SandboxRequest) -> HttpResponse:
        """The file, whole or the range asked for; 403 for a link that expired or is not ours.

        A request that also carries credentials is refused with 400, as signed links elsewhere do.
        """
        path = f"/{request.parts['task']}/{request.parts['file']}"
        expires = request.parameter("Expires") or ""
        if "authorization" in request.headers:
            return _denied(400, "Only one way to authenticate is allowed")
        if not compare_digest(self._sign(path, expires), request.parameter("Signature") or ""):
            return _denied(403, "Access denied")
        if self._world.clock.now().timestamp() > int(expires):
            return _denied(403, "Request has expired")
        content = self.content(path)
        etag = f'"{sha256(content).hexdigest()[:32]}"'
        return reply_file(request, content, {"Content-Type": "application/octet-stream", "ETag": etag})

    def content(self, path: str) -> bytes:
        """The bytes of a file."""
        rng = self._world.rng("file", path)
        return rng.randbytes(rng.randrange(_SMALLEST, _LARGEST))

    def _sign(self, path: str, expires: str) -> str:
        key = str(self._world.seed).encode()[:64]
        return blake2b(f"{path}?{expires}".encode(), key=key, digest_size=16).hexdigest()


def _denied(status: int, message: str) -> HttpResponse:
    return reply(status, _DENIED.format(message), content_type="application/xml")
