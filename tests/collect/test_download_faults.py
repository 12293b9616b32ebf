"""Whatever goes wrong on the way, the file under the final name is either absent or exactly right."""

import asyncio
import hashlib
import tempfile
from pathlib import Path

from collect.storehouse import Fault, courier, store
from hypothesis import given, settings
from hypothesis import strategies as st

from tasking_hub.collect import download
from tasking_hub.errors import TaskingHubError
from tasking_hub.models import Deliverable

contents = st.binary(min_size=1, max_size=60) | st.integers(0, 255).map(lambda seed: bytes([seed, 7, 9]) * 70_000)
honest = st.builds(
    Fault,
    drop_after=st.none() | st.integers(0, 80) | st.integers(0, 250_000),
    status=st.sampled_from([None, None, None, 503, 500, 429, 403, 416]),
    ignores_range=st.booleans(),
    shifted=st.booleans(),
    short=st.booleans(),
    chunked=st.booleans(),
    replaced=st.sampled_from([False, False, True]),
    no_content_range=st.booleans(),
)
lying = st.builds(
    Fault,
    drop_after=st.none() | st.integers(0, 80) | st.integers(0, 250_000),
    lies=st.booleans(),
    ignores_range=st.booleans(),
    packed=st.booleans(),
    chunked=st.booleans(),
    plain=st.booleans(),
)


def fetch(content, faults, folder, *, sized=False, checked=False, **facts):
    """Try twice to fetch a file past these faults: where it should be, and the versions that it had."""

    async def run():
        async with store(content, *faults, **facts) as opened, courier() as by:
            wanted = Deliverable(
                order_id="o",
                name="image.tif",
                url=opened.url(),
                size_bytes=len(content) if sized else None,
                checksum=f"sha256:{hashlib.sha256(content).hexdigest()}" if checked else None,
            )
            for _ in range(2):
                try:
                    await download(wanted, folder, courier=by)
                    break
                except TaskingHubError:
                    pass

    asyncio.run(run())
    return Path(folder) / "image.tif"


def inverted(content):
    return bytes(byte ^ 0xFF for byte in content)


@settings(max_examples=60, deadline=None)
@given(contents, st.lists(honest, max_size=7), st.booleans(), st.booleans())
def test_a_store_that_fails_never_leaves_a_wrong_file(content, faults, sized, modified):
    """Dropped connections, ignored and short ranges, other versions: the file is one whole version, or absent."""
    with tempfile.TemporaryDirectory() as folder:
        path = fetch(content, faults, folder, sized=sized, modified=modified)

        assert not path.exists() or path.read_bytes() in {content, inverted(content)}
        assert not path.exists() or list(path.parent.iterdir()) == [path]


@settings(max_examples=60, deadline=None)
@given(contents, st.lists(honest | lying, max_size=7), st.booleans(), st.sampled_from(['"v1"', 'W/"v1"', None]))
def test_a_store_that_lies_is_found_out_by_the_checksum(content, faults, sized, etag):
    """With a checksum even wrong bytes under right headers never end under the final name."""
    with tempfile.TemporaryDirectory() as folder:
        path = fetch(content, faults, folder, sized=sized, checked=True, etag=etag)

        assert not path.exists() or path.read_bytes() == content


@settings(max_examples=30, deadline=None)
@given(contents, st.lists(st.builds(Fault, drop_after=st.integers(0, 250_000), chunked=st.booleans()), max_size=3))
def test_what_only_breaks_off_arrives(content, faults):
    """As long as tries are left, a broken connection costs nothing but time."""
    with tempfile.TemporaryDirectory() as folder:
        assert fetch(content, faults, folder).read_bytes() == content
