"""File names that a provider's words cannot abuse: inside the folder, on every file system, one a file."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from tasking_hub.models import Deliverable

__all__ = ["OWN_SUFFIXES", "distinct_names", "safe_name"]

OWN_SUFFIXES = (".part", ".part.json", ".part.lock", ".part.unpacked")
"""What is put behind a file's name while it is fetched; no file that is fetched may end so."""

LENGTH_MAX = 200
"""Bytes of a name in UTF-8; file systems take 255, and `OWN_SUFFIXES` need some."""

EXTENSION_MAX = 20
NAMELESS = "file"

_FORBIDDEN = re.compile(r'[<>:"|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\..*)?", re.IGNORECASE)


def safe_name(name: str) -> str:
    """A name for a file in a folder, as near to the provider's as is safe.

    Only the last part of a path stays. Control and invisible characters go, those that Windows forbids become `_`, its
    device names get a `_` in front ("Naming Files, Paths, and Namespaces", learn.microsoft.com, read 2026-11), dots and
    spaces at either end go, so that nothing is hidden, and what is longer than `LENGTH_MAX` bytes is cut before its
    extension. The result is safe again, and stays as it is when it is made safe again.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name).rstrip("/\\"))[-1]
    visible = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C")
    plain = _FORBIDDEN.sub("_", visible).strip(". \u00a0\t") or NAMELESS
    # A cut may leave a device's name, and what is put around a name may make it too long.
    return _guarded(_cut(_guarded(_cut(plain))))


def _guarded(name: str) -> str:
    if name.casefold().endswith(OWN_SUFFIXES):
        return f"_{name}_"
    return f"_{name}" if _RESERVED.fullmatch(name) else name


def _cut(name: str, tag: str = "") -> str:
    """At most so many bytes: what is too much goes from the stem, never from a tag or a sensible extension."""
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension.encode()) > EXTENSION_MAX:
        stem, dot, extension = name, "", ""
    ending = tag + dot + extension
    room = LENGTH_MAX - len(ending.encode())
    if len(stem.encode()) > room:
        stem = stem.encode()[:room].decode(errors="ignore").rstrip(". ")
    return stem + ending


def distinct_names(deliverables: Iterable[Deliverable]) -> Sequence[str]:
    """Safe names, one for each file and none twice, also where a file system ignores case.

    Files of one name are told apart by their image, or by their links without what expires, so that a file has the same
    name next time and in whatever order they are listed. Where nothing tells them apart, they are counted.
    """
    listed = list(deliverables)
    names = [safe_name(deliverable.name) for deliverable in listed]
    shared = Counter(map(_key, names))
    tagged = [
        _with_tag(name, _tag(deliverable)) if shared[_key(name)] > 1 else name
        for name, deliverable in zip(names, listed, strict=True)
    ]
    return _counted(tagged)


def _counted(names: Sequence[str]) -> Sequence[str]:
    taken: set[str] = set()
    distinct: list[str] = []
    for name in names:
        free, number = name, 1
        while _key(free) in taken:
            number += 1
            free = _with_tag(name, str(number))
        taken.add(_key(free))
        distinct.append(free)
    return distinct


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name.casefold())


def _tag(deliverable: Deliverable) -> str:
    facts = (deliverable.order_id, deliverable.acquisition_id, deliverable.name, urlsplit(deliverable.url).path)
    return hashlib.sha256(repr(facts).encode(errors="replace")).hexdigest()[:8]


def _with_tag(name: str, tag: str) -> str:
    """A safe name with a word before its extension: `image-tag.tif`."""
    return _guarded(_cut(name, f"-{tag}"))
