"""Several files: each result as it comes, no failure hides another, leaving early leaves nothing running."""

import asyncio

import pytest
from collect.storehouse import FakeDownloads, courier, store

from tasking_hub.collect import Courier, download_all
from tasking_hub.errors import NotFoundError
from tasking_hub.models import Deliverable


def image(url, name="image.tif"):
    return Deliverable(order_id="o", name=name, url=url)


def by_path(request):
    """The file at `/x` holds x; nothing is at `/gone`."""
    path = request.url.rpartition("/")[2].encode()
    return (404, {}, b"") if path == b"gone" else (200, {"Content-Length": str(len(path))}, path)


async def test_files_of_one_name_arrive_under_different_ones(tmp_path):
    """As many files as deliverables, each with its own content."""
    files = [image(f"https://x.invalid/{letter}") for letter in "abcde"]
    results = [
        result async for result in download_all(files, tmp_path, courier=Courier(transport=FakeDownloads(by_path)))
    ]

    assert {result.deliverable.url[-1]: result.path.read_text() for result in results} == {
        letter: letter for letter in "abcde"
    }
    assert len(list(tmp_path.iterdir())) == 5


async def test_a_failure_is_a_result(tmp_path):
    """One file that is not there does not keep the others away, and progress says of whom it speaks."""
    files = [image(f"https://x.invalid/{name}", name) for name in ("a", "gone", "b")]
    heard = []
    results = {
        result.deliverable.name: result
        async for result in download_all(
            files,
            tmp_path,
            courier=Courier(transport=FakeDownloads(by_path)),
            progress=lambda deliverable, done, total: heard.append((deliverable.name, done, total)),
        )
    }

    assert sorted(results) == ["a", "b", "gone"]
    assert isinstance(results["gone"].error, NotFoundError)
    assert (results["gone"].path, results["a"].error) == (None, None)
    assert sorted(heard) == [("a", 1, 1), ("b", 1, 1)]


async def test_a_few_at_a_time(tmp_path):
    """No more files are under way than allowed."""
    async with store(b"xyz", hold=asyncio.Event(), hold_after=1) as opened, courier() as by:
        files = [image(opened.url(f"/{number}"), f"{number}") for number in range(5)]
        results = download_all(files, tmp_path, courier=by, concurrent=2)
        first = asyncio.create_task(anext(results))
        await opened.held.acquire()
        await opened.held.acquire()
        opened.release()
        rest = [await first, *[result async for result in results]]

    assert (opened.most, len(rest), len(opened.requests)) == (2, 5, 5)


async def test_leaving_early_cancels_the_rest(tmp_path):
    """Whoever has enough after one file leaves no task behind."""
    files = [image(f"https://x.invalid/{letter}", letter) for letter in "abcdefgh"]
    results = download_all(files, tmp_path, courier=Courier(transport=FakeDownloads(by_path)), concurrent=1)
    await anext(results)
    await results.aclose()

    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert len([path for path in tmp_path.iterdir() if not path.suffix]) < 8


async def test_a_mistake_is_not_a_result(tmp_path):
    """What is nobody's typed error is raised."""

    def broken(deliverable, done, total):
        msg = "a mistake"
        raise RuntimeError(msg)

    by = Courier(transport=FakeDownloads(by_path))
    with pytest.raises(RuntimeError, match="a mistake"):
        [result async for result in download_all([image("https://x.invalid/a")], tmp_path, courier=by, progress=broken)]


async def test_no_files_are_no_results(tmp_path):
    """Nothing to fetch is not an error."""
    by = Courier(transport=FakeDownloads(by_path))

    assert [result async for result in download_all([], tmp_path, courier=by)] == []
