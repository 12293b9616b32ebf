"""What stands on disk while a file is fetched: the part, what is known of it, and the way to its final name.

Theory of operation
===================

`image.tif` exists when it is whole and verified, and never before. Until then there is `image.tif.part` with its first
bytes and `image.tif.part.json` with what tells one version of the file from another (`Facts`; no link, since links are
credentials). The facts are written before the part is begun and thrown away after it, so that bytes never stand under
another version's facts. At the end the part is verified, forced to disk and renamed, all of it or nothing.

Everything here blocks and holds the lock of `tasking_hub.collect.locks`, which its caller takes.
"""

from __future__ import annotations

import gzip
import os
import shutil
import zlib
from pathlib import Path

import attrs
import cattrs
from attrs import frozen

from tasking_hub.checksums import Checksum
from tasking_hub.errors import CorruptFileError, DownloadError
from tasking_hub.exact_json import dump_json, load_json
from tasking_hub.models import Deliverable

__all__ = ["UNPACKED", "Facts", "Target"]

UNPACKED = frozenset({"gzip", "x-gzip"})
"""Content codings that can be undone (RFC 9110, section 8.4.1)."""

PACKED_NAMES = (".gz", ".tgz")
"""Of such a file the gzip is part of what was bought, whatever a server says of it."""


@frozen(kw_only=True)
class Facts:
    """What is known of a file that is not whole yet.

    Attributes:
        order_id: the order that it belongs to.
        size: bytes of the whole as they are sent, or None until its end is seen.
        etag: the strong entity tag, or None.
        last_modified: as the server wrote it, or None where it is missing or too young to tell versions apart.
        encoding: the content coding in which the bytes are sent, or None.
        checksum: as the deliverable announces it.
    """

    order_id: str
    size: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    encoding: str | None = None
    checksum: str | None = None

    @property
    def validator(self) -> str | None:
        """What `If-Range` takes (RFC 9110, section 13.1.5), or None."""
        return self.etag or self.last_modified


@frozen
class Target:
    """Where a file goes.

    Attributes:
        path: its final name.
    """

    path: Path

    @property
    def part(self) -> Path:
        """The first bytes."""
        return self._beside(".part")

    @property
    def sidecar(self) -> Path:
        """What is known of them."""
        return self._beside(".part.json")

    @property
    def lock(self) -> Path:
        """What the operating system locks."""
        return self._beside(".part.lock")

    def _beside(self, suffix: str) -> Path:
        return self.path.with_name(self.path.name + suffix)

    def stands(self, deliverable: Deliverable) -> bool:
        """Whether the whole file is there already, as far as its length and checksum are known.

        Raises:
            DownloadError: something else has its name.
            OSError: it cannot be read.
        """
        if not os.path.lexists(self.path):
            return False
        if self.path.is_file() and fault(self.path, deliverable) is None:
            return True
        msg = f"{self.path} is there and is another file: move it away, or choose another folder"
        raise DownloadError(msg)

    def begun(self, deliverable: Deliverable) -> tuple[Facts, int] | None:
        """What is known of the part and its length; None, and no part, where it cannot be gone on with."""
        facts = self._facts()
        have = self.part.stat().st_size if self.part.is_file() else 0
        if facts is None or not have or not _of(facts, have, deliverable):
            self.discard()
            return None
        return facts, have

    def _facts(self) -> Facts | None:
        try:
            return cattrs.structure(load_json(self.sidecar.read_bytes()), Facts)
        except (FileNotFoundError, ValueError, TypeError, cattrs.BaseValidationError):
            return None

    def begin(self, facts: Facts) -> None:
        """Forget the part and note what is known of the one that follows."""
        self.discard()
        self.note(facts)

    def note(self, facts: Facts) -> None:
        """Note what is known of the part."""
        self.sidecar.write_text(dump_json(attrs.asdict(facts), indent=1), encoding="utf-8")

    def discard(self) -> None:
        """Forget the part."""
        for path in (self.part, self.sidecar, self._beside(".part.unpacked")):
            path.unlink(missing_ok=True)

    def verified(self, facts: Facts, deliverable: Deliverable) -> Path:
        """The file with the whole content, of the right length and checksum.

        Raises:
            CorruptFileError: it has another length or checksum; the part is forgotten.
        """
        content = self.part
        wrong = fault(content, deliverable)
        if facts.encoding and (wrong or not _announced(deliverable)) and not _packed(self.path):
            content, wrong = self._unpacked()
            wrong = wrong or fault(content, deliverable)
        if wrong is not None:
            self.discard()
            msg = f"{self.path.name} is not what was announced: {wrong}"
            raise CorruptFileError(msg)
        return content

    def _unpacked(self) -> tuple[Path, str | None]:
        content = self._beside(".part.unpacked")
        try:
            with gzip.open(self.part, "rb") as packed, content.open("wb") as file:
                shutil.copyfileobj(packed, file)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            return content, "its compression is damaged"
        return content, None

    def publish(self, content: Path) -> None:
        """Force the content to disk and give it the final name."""
        with content.open("rb+") as file:
            os.fsync(file.fileno())
        content.replace(self.path)
        self.discard()
        _sync_folder(self.path.parent)


def fault(path: Path, deliverable: Deliverable) -> str | None:
    """What is wrong with a whole file, or None."""
    have, announced = path.stat().st_size, deliverable.size_bytes
    if announced is not None and have != announced:
        return f"{have} bytes instead of {announced}"
    if deliverable.checksum is not None and not Checksum.read(deliverable.checksum).fits(path):
        return f"it does not add up to {deliverable.checksum}"
    return None


def _of(facts: Facts, have: int, deliverable: Deliverable) -> bool:
    """Whether a part may be gone on with: its version can be told, or the end result can."""
    told = facts.validator is not None or facts.checksum is not None or facts.size == have
    same = (facts.order_id, facts.checksum) == (deliverable.order_id, deliverable.checksum)
    return told and same and (facts.size is None or have <= facts.size)


def _announced(deliverable: Deliverable) -> bool:
    return deliverable.size_bytes is not None or deliverable.checksum is not None


def _packed(path: Path) -> bool:
    return path.name.casefold().endswith(PACKED_NAMES)


def _sync_folder(folder: Path) -> None:
    """Make a new name survive a loss of power; Windows opens no folders and needs none of this."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
