"""Checksums: every spelling means the same, and a wrong one is refused."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasking_hub.checksums import MULTIHASH_CODES, Checksum
from tasking_hub.errors import InvalidRequestError
from tasking_hub.models import Deliverable

algorithms = st.sampled_from(sorted(MULTIHASH_CODES))


@given(algorithms, st.binary(max_size=20))
def test_a_checksum_survives_its_multihash(algorithm, data):
    """Named and as a multihash it is the same."""
    named = Checksum.read(f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}")

    assert Checksum.read(named.multihash) == named


@pytest.mark.parametrize(
    ("algorithm", "start"),
    [("sha256", "1220"), ("sha512", "1340"), ("sha1", "1114"), ("md5", "d50110"), ("sha224", "93201c")],
)
def test_multihashes_begin_as_the_table_says(algorithm, start):
    """Code and length are those of the multicodec table, longer codes as a varint of several bytes."""
    digest = hashlib.new(algorithm, b"x").hexdigest()

    assert Checksum.read(f"{algorithm}:{digest}").multihash == start + digest


@pytest.mark.parametrize("name", ["SHA-256", "sha256", "Sha_256"])
def test_names_are_read_as_people_write_them(name):
    """Case and hyphens do not matter."""
    assert Checksum.read(f"{name}:{'AB' * 32}") == Checksum("sha256", b"\xab" * 32)


@given(data=st.binary(max_size=3000), algorithm=algorithms, other=st.binary(max_size=3000))
def test_a_file_fits_its_own_checksum_only(tmp_path_factory, data, algorithm, other):
    """The bytes decide."""
    path = tmp_path_factory.getbasetemp() / "checksummed"
    path.write_bytes(data)

    assert Checksum(algorithm, hashlib.new(algorithm, other).digest()).fits(path) == (data == other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "md5:",
        "md5:abcd",
        "crc32c:00000000",
        "1220ab",
        "12",
        "ff",
        f"1221{'00' * 32}",
        "sha256",
        "80" * 2000,
        "md5:zz",
    ],
)
def test_what_is_no_checksum_is_refused(text):
    """An unknown algorithm, a digest of another length and plain rubbish are refused, with a deliverable too."""
    with pytest.raises(InvalidRequestError) as caught:
        Checksum.read(text)
    with pytest.raises(InvalidRequestError):
        Deliverable(order_id="o", name="n", url="u", checksum=text)

    assert caught.value.field == "checksum"


@given(st.text(max_size=80) | st.binary(max_size=60).map(bytes.hex))
def test_any_text_is_read_or_refused(text):
    """No text breaks the reader in another way."""
    try:
        checksum = Checksum.read(text)
    except InvalidRequestError:
        return

    assert len(checksum.digest) == hashlib.new(checksum.algorithm).digest_size


def test_a_negative_length_is_refused():
    """A deliverable's length is a length."""
    with pytest.raises(InvalidRequestError):
        Deliverable(order_id="o", name="n", url="u", size_bytes=-1)
