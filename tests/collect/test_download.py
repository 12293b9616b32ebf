"""One file at a time: what is asked, what is kept, what is said, over a real socket or a fake one."""

import asyncio
import errno
import gzip
import hashlib
import json
import os
import threading
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from collect.storehouse import FakeDownloads, Fault, courier, store

from tasking_hub.clock import ManualClock
from tasking_hub.collect import Courier, download
from tasking_hub.collect.threads import settled
from tasking_hub.errors import (
    ConfigurationError,
    CorruptFileError,
    DownloadError,
    InvalidRequestError,
    MalformedResponseError,
    NotFoundError,
    PermissionDeniedError,
    ProviderUnavailableError,
    RejectedRequestError,
    TransportError,
)
from tasking_hub.models import Deliverable
from tasking_hub.patience import Retry

CONTENT = bytes(range(256)) * 40
HALF = len(CONTENT) // 2
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
DIGEST = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
HTTPS = "https://store.invalid/a/image.tif?sig=hushhush"


def image(url=HTTPS, **facts):
    return Deliverable(**{"order_id": "o", "name": "image.tif", "url": url, **facts})


def names(folder):
    return sorted(path.name for path in folder.iterdir())


async def half(opened, by, folder, **facts):
    """Leave the first half of a file behind, as a download does whose tries are used up."""
    opened.faults[:0] = [Fault(drop_after=HALF)]
    with pytest.raises(TransportError):
        await download(image(opened.url(), **facts), folder, courier=evolve(by, retry=Retry(attempts=1)))
    opened.requests.clear()


def begun(folder, have, **facts):
    """A part as an earlier process left it."""
    (folder / "image.tif.part").write_bytes(CONTENT[:have])
    note = {"order_id": "o", "size": len(CONTENT), "etag": '"v1"', **facts}
    (folder / "image.tif.part.json").write_text(json.dumps(note))


# --- A whole file ------------------------------------------------------------------------------------


async def test_a_file_arrives_whole_and_alone(tmp_path):
    """The file stands under its name, nothing stands beside it, and progress ends at its length."""
    heard = []
    folder = tmp_path / "a" / "b"
    async with store(CONTENT) as opened, courier() as by:
        path = await download(
            image(opened.url()), folder, courier=by, progress=lambda done, total: heard.append((done, total))
        )

    assert (path, path.read_bytes(), names(folder)) == (folder / "image.tif", CONTENT, ["image.tif"])
    assert heard[-1] == (len(CONTENT), len(CONTENT))
    assert heard == sorted(heard)


async def test_a_file_that_stands_is_not_asked_for(tmp_path):
    """The second download of a file sends nothing, with or without length and checksum."""
    async with store(CONTENT) as opened, courier() as by:
        for facts in ({}, {}, {"size_bytes": len(CONTENT)}, {"checksum": DIGEST}):
            await download(image(opened.url(), **facts), tmp_path, courier=by)

    assert len(opened.requests) == 1


@pytest.mark.parametrize("facts", [{"size_bytes": 5}, {"checksum": DIGEST}])
async def test_another_file_of_that_name_is_left_alone(tmp_path, facts):
    """What stands there and is something else is neither overwritten nor taken for the file."""
    (tmp_path / "image.tif").write_bytes(b"mine")
    fake = FakeDownloads(lambda request: (200, {"Content-Length": "1"}, b"x"))
    with pytest.raises(DownloadError, match="another file"):
        await download(image(**facts), tmp_path, courier=Courier(transport=fake))

    assert ((tmp_path / "image.tif").read_bytes(), fake.requests) == (b"mine", [])


async def test_a_folder_of_that_name_is_no_file(tmp_path):
    """A folder under the final name is refused before anything is sent."""
    (tmp_path / "image.tif").mkdir()
    with pytest.raises(DownloadError, match="another file"):
        await download(image(), tmp_path, courier=Courier(transport=FakeDownloads(lambda request: (500, {}, b""))))


async def test_an_empty_file_arrives(tmp_path):
    """A file of no bytes is a file."""
    async with store(b"") as opened, courier() as by:
        path = await download(image(opened.url(), size_bytes=0), tmp_path, courier=by)

    assert path.read_bytes() == b""


async def test_names_cannot_leave_the_folder(tmp_path):
    """A provider's name is a name, never a path; so is the caller's."""
    async with store(CONTENT) as opened, courier() as by:
        one = await download(image(opened.url(), name="../../evil"), tmp_path, courier=by)
        two = await download(image(opened.url()), tmp_path, courier=by, name="/etc/other")

    assert (one, two) == (tmp_path / "evil", tmp_path / "other")


async def test_identity_is_asked_for(tmp_path):
    """The request asks for the bytes as they are, and says nothing of who asks."""
    async with store(CONTENT) as opened, courier() as by:
        await download(image(opened.url()), tmp_path, courier=by)

    assert opened.requests[0]["accept-encoding"] == "identity"
    assert "authorization" not in opened.requests[0]
    assert opened.requests[0][":path"] == "/image.tif?sig=hushhush"


# --- Going on ----------------------------------------------------------------------------------------


async def test_what_broke_off_goes_on(tmp_path):
    """The next download asks for the rest, if it is still the same."""
    async with store(CONTENT) as opened, courier() as by:
        begun(tmp_path, HALF)
        path = await download(image(opened.url()), tmp_path, courier=by)

    assert (opened.requests[0]["range"], opened.requests[0]["if-range"]) == (f"bytes={HALF}-", '"v1"')
    assert (path.read_bytes(), len(opened.requests)) == (CONTENT, 1)


async def test_a_part_is_left_by_a_failure(tmp_path):
    """When tries are used up the part and what is known of it stay, without the link; the final name is free."""
    async with store(CONTENT) as opened, courier() as by:
        await half(opened, by, tmp_path)

    assert names(tmp_path) == ["image.tif.part", "image.tif.part.json"]
    assert json.loads((tmp_path / "image.tif.part.json").read_text()) == {
        "order_id": "o",
        "size": len(CONTENT),
        "etag": '"v1"',
        "last_modified": None,
        "encoding": None,
        "checksum": None,
    }


async def test_a_part_that_is_whole_needs_no_request(tmp_path):
    """A process that died before it could rename its file left nothing to ask for."""
    begun(tmp_path, len(CONTENT))
    fake = FakeDownloads(lambda request: (500, {}, b""))
    path = await download(image(), tmp_path, courier=Courier(transport=fake))

    assert (path.read_bytes(), fake.requests, names(tmp_path)) == (CONTENT, [], ["image.tif"])


@pytest.mark.parametrize(
    "facts",
    [
        {"order_id": "another"},
        {"etag": None},
        {"size": HALF - 1},
        {"checksum": f"md5:{'0' * 32}"},
        {"size": "many"},
    ],
)
async def test_a_part_of_something_else_is_begun_anew(tmp_path, facts):
    """Of another order's part, or one whose version cannot be told, no rest is asked for."""
    begun(tmp_path, HALF, **facts)
    async with store(CONTENT) as opened, courier() as by:
        path = await download(image(opened.url()), tmp_path, courier=by)

    assert (path.read_bytes(), opened.ranges) == (CONTENT, [None])


async def test_a_part_of_another_version_is_begun_anew(tmp_path):
    """The condition fails, the whole comes, and nothing of the old version stays in it."""
    begun(tmp_path, HALF, etag='"v0"')
    async with store(CONTENT) as opened, courier() as by:
        path = await download(image(opened.url()), tmp_path, courier=by)

    assert (path.read_bytes(), opened.ranges) == (CONTENT, [f"bytes={HALF}-"])


@pytest.mark.parametrize("note", ["", "{", "[]", '{"size": 1}', "\udcff"])
async def test_a_torn_note_is_no_note(tmp_path, note):
    """What an interrupted write left is not believed."""
    begun(tmp_path, HALF)
    (tmp_path / "image.tif.part.json").write_bytes(note.encode(errors="surrogateescape"))
    async with store(CONTENT) as opened, courier() as by:
        path = await download(image(opened.url()), tmp_path, courier=by)

    assert (path.read_bytes(), opened.ranges) == (CONTENT, [None])


async def test_the_date_of_change_tells_versions_apart_too(tmp_path):
    """Without a strong tag the date is the condition."""
    async with store(CONTENT, etag='W/"v1"', modified=True) as opened, courier() as by:
        await half(opened, by, tmp_path)
        path = await download(image(opened.url()), tmp_path, courier=by)

    assert opened.requests[0]["if-range"] == "Sat, 21 Nov 2026 08:00:00 GMT"
    assert path.read_bytes() == CONTENT


async def test_a_checksum_lets_go_on_without_a_version(tmp_path):
    """Where the end result can be checked, the rest is asked for without a condition."""
    async with store(CONTENT, etag=None) as opened, courier() as by:
        await half(opened, by, tmp_path, checksum=DIGEST)
        path = await download(image(opened.url(), checksum=DIGEST), tmp_path, courier=by)

    assert (opened.ranges, "if-range" in opened.requests[0]) == ([f"bytes={HALF}-"], False)
    assert path.read_bytes() == CONTENT


async def test_parts_that_do_not_fit_are_fetched_once_more(tmp_path):
    """A part that proves wrong at the end is thrown away, and the file fetched in one piece."""
    begun(tmp_path, HALF, checksum=DIGEST)
    (tmp_path / "image.tif.part").write_bytes(b"x" * HALF)
    async with store(CONTENT) as opened, courier() as by:
        path = await download(image(opened.url(), checksum=DIGEST), tmp_path, courier=by)

    assert (path.read_bytes(), opened.ranges) == (CONTENT, [f"bytes={HALF}-", None])


@pytest.mark.parametrize(
    ("fault", "ranges"),
    [
        (Fault(ignores_range=True), [f"bytes={HALF}-"]),
        (Fault(replaced=True), [f"bytes={HALF}-"]),
        (Fault(status=416), [f"bytes={HALF}-", None]),
        (Fault(shifted=True), [f"bytes={HALF}-", None]),
        (Fault(no_content_range=True), [f"bytes={HALF}-", None]),
        (Fault(short=True), [f"bytes={HALF}-", f"bytes={HALF + HALF // 2}-"]),
    ],
)
async def test_answers_to_a_range(tmp_path, fault, ranges):
    """A range that is ignored, outdated, refused, elsewhere or short costs requests and never the file."""
    begun(tmp_path, HALF)
    async with store(CONTENT, fault) as opened, courier() as by:
        path = await download(image(opened.url()), tmp_path, courier=by)

    assert (path.read_bytes(), opened.ranges) == (opened.content, ranges)


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Range": f"bytes {HALF}-{len(CONTENT) - 1}/{len(CONTENT) + 1}", "ETag": '"v1"'},
        {"Content-Range": f"bytes {HALF}-{len(CONTENT) - 1}/{len(CONTENT)}", "ETag": '"v2"'},
    ],
)
async def test_the_rest_of_another_version_is_noticed(tmp_path, headers):
    """A server that does not know If-Range is caught by total length or tag."""
    begun(tmp_path, HALF)
    whole = {"Content-Length": str(len(CONTENT)), "ETag": '"v2"'}
    fake = FakeDownloads(
        lambda request: (206, headers, b"y" * HALF) if "Range" in request.headers else (200, whole, CONTENT)
    )
    path = await download(image(), tmp_path, courier=Courier(transport=fake, clock=ManualClock(NOW)))

    assert (path.read_bytes(), len(fake.requests)) == (CONTENT, 2)


async def test_a_stalled_body_goes_on(tmp_path):
    """A connection that falls silent is left, and the rest asked for."""
    async with store(CONTENT) as opened, courier(timeout_s=0.2) as by:
        opened.hold, opened.hold_after = asyncio.Event(), HALF
        fetching = asyncio.create_task(download(image(opened.url()), tmp_path, courier=by))
        await opened.held.acquire()
        silent, opened.hold = opened.hold, None
        path = await fetching
        silent.set()

    assert path.read_bytes() == CONTENT
    assert len(opened.requests) == 2


async def test_a_cancelled_download_leaves_its_part(tmp_path):
    """Whoever cancels can go on later."""
    came = asyncio.Event()
    async with store(CONTENT) as opened, courier() as by:
        opened.hold, opened.hold_after = asyncio.Event(), 1000 + HALF
        fetching = asyncio.create_task(
            download(image(opened.url()), tmp_path, courier=by, progress=lambda done, total: came.set())
        )
        await came.wait()
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching
        left = names(tmp_path)
        opened.release()
        path = await download(image(opened.url()), tmp_path, courier=by)

    assert left == ["image.tif.part", "image.tif.part.json"]
    assert opened.requests[1]["range"].startswith("bytes=")
    assert path.read_bytes() == CONTENT


async def test_a_cancellation_waits_for_the_write():
    """A thread that is writing ends before the file is closed behind it, however often one cancels."""
    writing, go_on, written = asyncio.Event(), threading.Event(), []
    loop = asyncio.get_running_loop()

    def write():
        loop.call_soon_threadsafe(writing.set)
        written.append(go_on.wait(10))

    task = asyncio.create_task(settled(write))
    await writing.wait()
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
    waited = not task.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert (waited, written) == (True, [True])


async def test_several_at_once_fetch_once(tmp_path):
    """Downloads of one target wait for each other, and one of them fetches."""
    async with store(CONTENT) as opened, courier() as by:
        paths = await asyncio.gather(*(download(image(opened.url()), tmp_path, courier=by) for _ in range(5)))

    assert (len(opened.requests), {path.read_bytes() for path in paths}) == (1, {CONTENT})
    assert names(tmp_path) == ["image.tif"]


# --- Tries -------------------------------------------------------------------------------------------


async def test_a_store_that_is_out_of_order_is_asked_again(tmp_path):
    """5xx and 429 are repeated after pauses, as every repeatable request is."""
    clock = ManualClock(NOW)
    async with store(CONTENT, Fault(status=503), Fault(status=429)) as opened, courier(clock) as by:
        path = await download(image(opened.url()), tmp_path, courier=by)

    assert (path.read_bytes(), len(opened.requests)) == (CONTENT, 3)
    assert len([pause for pause in clock.slept if 0.2 < pause < 1.1]) == 2


async def test_tries_are_counted(tmp_path):
    """Without getting any further there are as many requests as `Retry` allows."""
    faults = [Fault(status=503)] * 9
    async with store(CONTENT, *faults) as opened, courier(retry=Retry(attempts=3)) as by:
        with pytest.raises(ProviderUnavailableError):
            await download(image(opened.url()), tmp_path, courier=by)

    assert len(opened.requests) == 3


async def test_getting_further_is_worth_new_tries(tmp_path):
    """A file that comes bit by bit comes, however often it breaks off."""
    fake = FakeDownloads(_bit_by_bit)
    path = await download(image(), tmp_path, courier=Courier(transport=fake, clock=ManualClock(NOW)))

    assert (path.read_bytes(), len(fake.requests)) == (CONTENT, 10)


def _bit_by_bit(request):
    start = int(request.headers.get("Range", "bytes=0-")[6:-1])
    facts = {"ETag": '"v1"', "Content-Length": str(len(CONTENT) - start)}
    rest = {"Content-Range": f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"} if start else {}
    return 206 if start else 200, facts | rest, CONTENT[start : start + len(CONTENT) // 10]


async def test_what_is_not_there_is_said_at_once(tmp_path):
    """404 is not repeated; the error shows no signature."""

    def handler(request):
        return 404, {}, b'{"message": "no key signed hushhush"}'

    fake = FakeDownloads(handler)
    with pytest.raises(NotFoundError) as caught:
        await download(image(), tmp_path, courier=Courier(transport=fake))

    assert len(fake.requests) == 1
    assert "hushhush" not in f"{caught.value} {caught.value.body} {caught.value.__dict__}"
    assert names(tmp_path) == []


@pytest.mark.parametrize("status", [204, 206])
async def test_a_success_without_a_file_is_no_file(tmp_path, status):
    """204, or a range that nobody asked for, is not taken for the file."""
    with pytest.raises(MalformedResponseError):
        await download(image(), tmp_path, courier=Courier(transport=FakeDownloads(lambda request: (status, {}, b"x"))))

    assert names(tmp_path) == []


# --- Length, checksum, packing -----------------------------------------------------------------------


@pytest.mark.parametrize("facts", [{"size_bytes": 5}, {"checksum": f"md5:{'0' * 32}"}])
async def test_what_is_not_as_announced_is_not_kept(tmp_path, facts):
    """A wrong length or checksum leaves nothing behind, and is not fetched again and again."""
    async with store(CONTENT) as opened, courier() as by:
        with pytest.raises(CorruptFileError):
            await download(image(opened.url(), **facts), tmp_path, courier=by)

    assert (len(opened.requests), names(tmp_path)) == (1, [])


@pytest.mark.parametrize("headers", [{"Content-Length": "3"}, {"Transfer-Encoding": "chunked"}])
async def test_more_than_announced_is_not_kept(tmp_path, headers):
    """A body that goes on after its length is no file, and its beginning is none either, not even next time."""
    fake = FakeDownloads(lambda request: (200, {**headers, "ETag": '"v1"'}, b"abcd"), pieces=3)
    for _ in range(2):
        with pytest.raises(TransportError, match="more came"):
            await download(image(size_bytes=3), tmp_path, courier=Courier(transport=fake, clock=ManualClock(NOW)))

    assert names(tmp_path) == []


async def test_the_announced_length_is_not_the_end(tmp_path):
    """A part of the announced length whose end was never seen is not taken for the whole."""
    begun(tmp_path, HALF, size=None)
    async with store(CONTENT, Fault(chunked=True)) as opened, courier() as by:
        with pytest.raises(CorruptFileError):
            await download(image(opened.url(), size_bytes=HALF), tmp_path, courier=by)

    assert not (tmp_path / "image.tif").exists()


async def test_a_body_without_an_end_is_refused(tmp_path):
    """Where a broken connection looks like the end and nothing else would tell, nothing is kept."""
    async with store(CONTENT, Fault(plain=True)) as opened, courier() as by:
        with pytest.raises(CorruptFileError, match="without a length"):
            await download(image(opened.url()), tmp_path, courier=by)

    assert names(tmp_path) == []


@pytest.mark.parametrize("fault", [Fault(chunked=True), Fault(plain=True)])
@pytest.mark.parametrize("facts", [{"size_bytes": len(CONTENT)}, {"checksum": DIGEST}])
async def test_a_length_can_come_from_elsewhere(tmp_path, fault, facts):
    """Without Content-Length the announced length or checksum tells whether all came."""
    async with store(CONTENT, fault) as opened, courier() as by:
        path = await download(image(opened.url(), **facts), tmp_path, courier=by)

    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("facts", [{}, {"size_bytes": len(CONTENT)}, {"checksum": DIGEST}])
async def test_packing_that_nobody_asked_for_is_undone(tmp_path, facts):
    """A store that packs all the same is read right, also over a broken connection."""
    async with store(CONTENT, Fault(packed=True, drop_after=100), *[Fault(packed=True)] * 3) as opened, courier() as by:
        path = await download(image(opened.url(), **facts), tmp_path, courier=by)

    assert (path.read_bytes(), names(tmp_path)) == (CONTENT, ["image.tif"])


@pytest.mark.parametrize("facts", [{"name": "image.tar.gz"}, {"size_bytes": len(gzip.compress(CONTENT, mtime=0))}])
async def test_packing_that_was_bought_stays(tmp_path, facts):
    """An archive, or what has the announced length as it comes, is not unpacked."""
    async with store(CONTENT, Fault(packed=True)) as opened, courier() as by:
        path = await download(image(opened.url(), **facts), tmp_path, courier=by)

    assert path.read_bytes() == gzip.compress(CONTENT, mtime=0)


@pytest.mark.parametrize("encoding", ["br", "gzip"])
async def test_packing_that_cannot_be_undone_is_said(tmp_path, encoding):
    """An unknown coding, or damaged gzip, is no file."""
    headers = {"Content-Length": "4", "Content-Encoding": encoding}
    with pytest.raises(CorruptFileError, match=r"br|compression"):
        await download(
            image(), tmp_path, courier=Courier(transport=FakeDownloads(lambda request: (200, headers, b"abcd")))
        )

    assert names(tmp_path) == []


# --- The disk ----------------------------------------------------------------------------------------


async def test_a_full_disk_is_said_and_nothing_is_lost(tmp_path, monkeypatch):
    """The error is in words; the part stays, and the next download goes on."""

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    async with store(CONTENT) as opened, courier() as by:
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(DownloadError, match="No space left"):
                await download(image(opened.url()), tmp_path, courier=by)
        left = names(tmp_path)
        await download(image(opened.url()), tmp_path, courier=by)

    assert (left, len(opened.requests)) == (["image.tif.part", "image.tif.part.json"], 1)


async def test_a_folder_that_cannot_be_is_said(tmp_path):
    """A file where the folder should be is the disk's problem, not a traceback's."""
    (tmp_path / "folder").write_text("a file")
    with pytest.raises(DownloadError, match="cannot be written"):
        await download(image(), tmp_path / "folder", courier=Courier(transport=FakeDownloads(lambda request: ())))


# --- Links -------------------------------------------------------------------------------------------


def renewing(url):
    """A way to renew that gives this address, and the list of those who asked."""
    asked = []

    async def renew(deliverable):
        asked.append(deliverable)
        return evolve(deliverable, url=url, expires_at=NOW + timedelta(hours=1), size_bytes=None)

    return renew, asked


@pytest.mark.parametrize("status", [401, 403, 410])
async def test_a_refused_link_is_renewed(tmp_path, status):
    """The store refuses the old link; the new one is used, and the part kept."""
    async with store(CONTENT) as opened:
        renew, asked = renewing(opened.url("/new?sig=2"))
        async with courier(renew=renew) as by:
            await half(opened, by, tmp_path)
            opened.faults[:] = [Fault(status=status)]
            path = await download(image(opened.url("/old?sig=1")), tmp_path, courier=by)

    assert [request[":path"] for request in opened.requests] == ["/old?sig=1", "/new?sig=2"]
    assert (len(asked), opened.ranges, path.read_bytes()) == (1, [f"bytes={HALF}-"] * 2, CONTENT)


async def test_a_link_may_expire_again(tmp_path):
    """Each renewal that brings something may be followed by another."""
    faults = [Fault(status=403), Fault(drop_after=HALF), Fault(status=403)]
    async with store(CONTENT, *faults) as opened:
        renew, asked = renewing(opened.url("/new"))
        async with courier(renew=renew) as by:
            begun(tmp_path, 10)
            path = await download(image(opened.url("/old")), tmp_path, courier=by)

    assert (len(asked), path.read_bytes()) == (2, CONTENT)


async def test_an_expired_link_is_not_tried(tmp_path):
    """Past its time a link is renewed before anything is sent to it."""
    async with store(CONTENT) as opened:
        renew, asked = renewing(opened.url("/new"))
        async with courier(renew=renew) as by:
            await download(image(opened.url("/old"), expires_at=NOW), tmp_path, courier=by)

    assert ([request[":path"] for request in opened.requests], len(asked)) == (["/new"], 1)


async def test_a_renewed_link_that_is_refused_ends_it(tmp_path):
    """One renewal without success is enough."""
    renew, asked = renewing("https://store.invalid/new")
    fake = FakeDownloads(lambda request: (403, {}, b""))
    with pytest.raises(PermissionDeniedError):
        await download(image(), tmp_path, courier=Courier(transport=fake, renew=renew))

    assert (len(asked), len(fake.requests)) == (1, 2)


async def test_a_link_that_cannot_be_renewed_is_refused(tmp_path):
    """Without a way to renew, an expired link is tried, and its refusal raised."""
    fake = FakeDownloads(lambda request: (410, {}, b""))
    with pytest.raises(RejectedRequestError):
        await download(image(expires_at=NOW), tmp_path, courier=Courier(transport=fake, clock=ManualClock(NOW)))

    assert len(fake.requests) == 1


async def test_a_renewed_link_keeps_the_announced_facts(tmp_path):
    """What the first listing said of length and checksum holds for a new link that says nothing."""
    renew, _ = renewing("https://store.invalid/new")
    fake = FakeDownloads(
        lambda request: (403, {}, b"") if "/a/" in request.url else (200, {"Content-Length": "1"}, b"x")
    )
    with pytest.raises(CorruptFileError):
        await download(image(size_bytes=2), tmp_path, courier=Courier(transport=fake, renew=renew))


# --- Redirects and credentials -----------------------------------------------------------------------


def redirecting(*targets):
    """A store that redirects along these, then answers."""
    left = list(targets)

    def handler(request):
        return (307, {"Location": left.pop(0)}, b"") if left else (200, {"Content-Length": "2"}, b"ok")

    return handler


async def test_a_redirect_over_real_hosts_is_followed(tmp_path):
    """Another host gets the same question."""
    async with store(CONTENT) as elsewhere, store(b"") as opened, courier() as by:
        opened.faults.append(Fault(location=elsewhere.url("/there")))
        path = await download(image(opened.url()), tmp_path, courier=by)

    assert (path.read_bytes(), elsewhere.requests[0][":path"]) == (CONTENT, "/there")


async def test_relative_redirects_and_ranges_are_carried(tmp_path):
    """A redirect without a host stays at its host; what is asked for goes along, the query does not."""
    begun(tmp_path, HALF)
    fake = FakeDownloads(redirecting("../b?x=1", "c", "//other.invalid/d"))
    path = await download(image(), tmp_path, courier=Courier(transport=fake))

    assert path.read_bytes() == b"ok"
    assert [request.url for request in fake.requests] == [
        HTTPS,
        "https://store.invalid/b?x=1",
        "https://store.invalid/c",
        "https://other.invalid/d",
    ]
    assert {request.headers["Range"] for request in fake.requests} == {f"bytes={HALF}-"}


@pytest.mark.parametrize(
    "location",
    [
        "http://store.invalid/b",
        "ftp://store.invalid/b",
        "https://user:password@store.invalid/b",
        "file:///etc/passwd",
        "https://[::1/b",
        "https://store.invalid\\@other.invalid/",
    ],
)
async def test_redirects_that_lead_astray_are_refused(tmp_path, location):
    """From https to http, with a password, to another scheme or to no address: nothing is sent there."""
    fake = FakeDownloads(redirecting(location))
    with pytest.raises(DownloadError) as caught:
        await download(image(), tmp_path, courier=Courier(transport=fake))

    assert len(fake.requests) == 1
    assert "password@" not in str(caught.value)
    assert "hushhush" not in str(caught.value)


async def test_redirects_end(tmp_path):
    """Five are followed, the sixth is not."""
    five = FakeDownloads(redirecting(*["/x"] * 5))
    await download(image(), tmp_path, courier=Courier(transport=five))
    six = FakeDownloads(redirecting(*["/x"] * 6))
    with pytest.raises(DownloadError, match="more than 5"):
        await download(image(name="b"), tmp_path, courier=Courier(transport=six))

    assert (len(five.requests), len(six.requests)) == (6, 6)


@pytest.mark.parametrize("url", ["nowhere", "ftp://x.invalid/a", "https://user:password@x.invalid/a"])
async def test_a_link_that_is_none_is_refused(tmp_path, url):
    """What is not http or https, or carries a password, is never sent anywhere."""
    fake = FakeDownloads(redirecting())
    with pytest.raises(DownloadError):
        await download(image(url), tmp_path, courier=Courier(transport=fake))

    assert fake.requests == []


async def test_credentials_go_to_the_account_alone(tmp_path):
    """The account's way is taken only for a link that says so, and never after a redirect, not even to itself."""
    bare, account = FakeDownloads(redirecting()), FakeDownloads(redirecting(HTTPS))
    by = Courier(transport=bare, account=account)
    await download(image(name="open"), tmp_path, courier=by)
    plainly = (len(bare.requests), len(account.requests))
    await download(image(name="own", needs_credentials=True), tmp_path, courier=by)

    assert (plainly, len(bare.requests), len(account.requests)) == ((1, 0), 2, 1)


async def test_credentials_that_are_missing_are_missed(tmp_path):
    """A link that needs the account is not tried without it."""
    bare = FakeDownloads(redirecting())
    with pytest.raises(ConfigurationError, match="credentials"):
        await download(image(needs_credentials=True), tmp_path, courier=Courier(transport=bare))

    assert bare.requests == []


def test_a_checksum_is_read_before_anything_is_fetched():
    """A checksum that could not be verified cannot be announced."""
    with pytest.raises(InvalidRequestError):
        image(checksum="crc32c:00")
