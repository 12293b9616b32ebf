"""Checksums as providers write them, and as STAC wants them; nothing here reads a link or the network."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Self

from attrs import frozen

from tasking_hub.errors import InvalidRequestError

__all__ = ["Checksum"]

MULTIHASH_CODES: Mapping[str, int] = MappingProxyType(
    {
        "sha1": 0x11,
        "sha256": 0x12,
        "sha512": 0x13,
        "sha3_512": 0x14,
        "sha3_384": 0x15,
        "sha3_256": 0x16,
        "sha3_224": 0x17,
        "sha384": 0x20,
        "md5": 0xD5,
        "sha224": 0x1013,
    }
)
"""By Python's name of the algorithm (the multicodec table, github.com/multiformats/multicodec, read 2026-11)."""

LENGTH_MAX = 200
"""Characters of a multihash, generously: the longest that is known here has 132."""

_ALGORITHMS = {code: name for name, code in MULTIHASH_CODES.items()}
_NAMED = re.compile(r"([A-Za-z0-9_-]+):([0-9A-Fa-f]+)")
_MORE = 0x80


@frozen
class Checksum:
    """What the bytes of a file must add up to.

    Attributes:
        algorithm: Python's name of it (`hashlib`).
        digest: its value.
    """

    algorithm: str
    digest: bytes

    @classmethod
    def read(cls, text: str) -> Self:
        """Read `md5:…`, `sha256:…` and their kin, digest in hexadecimal, or a multihash in hexadecimal.

        Raises:
            InvalidRequestError: the algorithm is none of `MULTIHASH_CODES`, or the digest has another length than its.
        """
        named = _NAMED.fullmatch(text)
        try:
            algorithm, digest = (_spelt(named[1]), bytes.fromhex(named[2])) if named else _multihash(text)
            fits = algorithm in MULTIHASH_CODES and len(digest) == hashlib.new(algorithm).digest_size
        except (ValueError, IndexError, KeyError):
            fits, algorithm, digest = False, "", b""
        if not fits:
            known = ", ".join(sorted(MULTIHASH_CODES))
            msg = (
                f"checksum {text[:40]!r} is neither a multihash nor an algorithm (one of {known}), a colon and its hex"
            )
            raise InvalidRequestError(msg, "checksum")
        return cls(algorithm, digest)

    @property
    def multihash(self) -> str:
        """The same as a multihash in lower-case hexadecimal, as STAC's `file:checksum` wants it."""
        return (_varint(MULTIHASH_CODES[self.algorithm]) + _varint(len(self.digest)) + self.digest).hex()

    def fits(self, path: Path) -> bool:
        """Whether the bytes of a file add up to it; reads the whole file.

        Raises:
            OSError: the file cannot be read.
        """
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.new(self.algorithm, usedforsecurity=False)).digest() == (
                self.digest
            )


def _spelt(name: str) -> str:
    """Python's name of an algorithm that others write `SHA-256` or `sha3-256`."""
    word = name.lower().replace("-", "_")
    return word if word.startswith("sha3_") else word.replace("_", "")


def _multihash(text: str) -> tuple[str, bytes]:
    if len(text) > LENGTH_MAX:
        msg = "longer than any multihash"
        raise ValueError(msg)
    code, rest = _read_varint(bytes.fromhex(text))
    length, digest = _read_varint(rest)
    if len(digest) != length:
        msg = "a multihash states the length of its digest"
        raise ValueError(msg)
    return _ALGORITHMS[code], digest


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first (the unsigned varint of the multiformats project, read 2026-11)."""
    low, high = number % _MORE, number // _MORE
    return bytes([low | _MORE]) + _varint(high) if high else bytes([low])


def _read_varint(data: bytes) -> tuple[int, bytes]:
    if data[0] < _MORE:
        return data[0], data[1:]
    high, rest = _read_varint(data[1:])
    return high * _MORE + data[0] % _MORE, rest
