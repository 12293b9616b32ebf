"""File names: whatever a provider says, the file stays in its folder and on its file system."""

import ntpath
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tasking_hub.collect.names import LENGTH_MAX, OWN_SUFFIXES, distinct_names, safe_name
from tasking_hub.models import Deliverable

nasty = st.text(st.sampled_from('./\\:*?"<>| \x00\x1f\u202e\u00a0aNUCO1.é中𝄞') | st.characters(), max_size=300)


def is_reserved(name):
    """Whether Windows keeps a name for itself, on any Python: one way to ask is new, the other on its way out."""
    return ntpath.isreserved(name) if hasattr(ntpath, "isreserved") else PureWindowsPath(name).is_reserved()


@given(nasty)
@example("../../etc/passwd")
@example("a" * 500 + ".tif")
@example("é" * 150 + "." + "x" * 30)
@example("NUL.part")
@example(" . ." + "a" * 199 + ". .b")
@example("a" * 195 + ".part")
@example("con" + " " * 300 + "x.tif")
@example("con." + "x" * 196)
def test_a_name_stays_inside(name):
    """The result is one visible, unreserved name of bounded length, and safe already."""
    safe = safe_name(name)
    path = Path("/folder") / safe

    assert path.resolve().parent == Path("/folder")
    assert path.name == safe
    assert PureWindowsPath(safe).name == safe
    assert not is_reserved(safe)
    assert safe == safe.strip(". ")
    assert 0 < len(safe.encode()) <= LENGTH_MAX
    assert not safe.casefold().endswith(OWN_SUFFIXES)
    assert safe_name(safe) == safe


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("image.tif", "image.tif"),
        ("Málaga 中.tif", "Málaga 中.tif"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\win.ini", "win.ini"),
        ("products/grd/image.tif", "image.tif"),
        ("folder/", "folder"),
        (".bashrc", "bashrc"),
        ("..", "file"),
        ("", "file"),
        ("NUL", "_NUL"),
        ("con.tif", "_con.tif"),
        ("com¹.tif", "_com¹.tif"),
        ("a:b?.tif", "a_b_.tif"),
        ("image\u202efit.exe", "imagefit.exe"),
        ("image.tif.part", "_image.tif.part_"),
        ("image.tif. ", "image.tif"),
        ("x" * 300 + ".tif", "x" * 196 + ".tif"),
    ],
)
def test_names_become(name, safe):
    """What is safe stays; what is not becomes the nearest that is."""
    assert safe_name(name) == safe


def deliverable(name, url="https://x.invalid/a?sig=1", order_id="o", acquisition_id=None):
    return Deliverable(order_id=order_id, name=name, url=url, acquisition_id=acquisition_id)


deliverables = st.lists(
    st.builds(
        deliverable,
        st.sampled_from(["a.tif", "A.TIF", "x/a.tif", "a-2.tif", "", "b"]) | nasty,
        st.sampled_from(["https://x.invalid/a", "https://x.invalid/b"]),
        st.sampled_from(["o", "p"]),
    ),
    max_size=8,
)


@given(deliverables)
@example([deliverable("a" * 300)] * 3)
@example([deliverable("a" * 300 + ".tif")] * 3)
@example([deliverable("a." + "b" * 300)] * 3)
@example([deliverable("é" * 300)] * 3)
def test_names_are_distinct(files):
    """No two files share a name, whatever the case."""
    names = distinct_names(files)

    assert len({name.casefold() for name in names}) == len(files)
    assert all(len(name.encode()) <= LENGTH_MAX for name in names)
    assert [safe_name(name) for name in names] == list(names)


def test_a_name_does_not_depend_on_the_order_nor_on_the_signature():
    """Files of one name keep their names when they are listed the other way round, with new links."""
    first = [deliverable("a.tif", f"https://x.invalid/{path}?sig=1") for path in "ab"]
    later = [deliverable("a.tif", f"https://x.invalid/{path}?sig=2") for path in "ba"]

    assert list(distinct_names(later)) == list(reversed(distinct_names(first)))
    assert all(name.startswith("a-") and name.endswith(".tif") for name in distinct_names(first))


def test_what_nothing_tells_apart_is_counted():
    """The same link twice gives two names."""
    one, two = distinct_names([deliverable("a.tif")] * 2)

    assert two == one.replace(".tif", "-2.tif")
