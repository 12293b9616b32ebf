"""Element files: the same orbit from every format, no drag, and errors that name file, record and field."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sgp4.conveniences import sat_epoch_datetime

from tasking_hub.errors import ConfigurationError
from tasking_hub.sandbox import elements
from tasking_hub.sandbox.elements import read_elements

TLE = """\
PLEIADES NOMINAL 1
1 90001U 26001A   26001.25000000  .00000033  00000-0  30000-4 0    01
2 90001  98.1929  78.1605 0001000  90.0000 270.0000 14.58507922    09
0 ICEYE INCLINED NOMINAL 1
1 T0000U 26001A   26001.25000000  .00000033  00000-0  30000-4 0    01
2 T0000  45.0000 100.6605 0001000  90.0000 270.0000 15.05491974    03
"""
OMM = {
    "OBJECT_NAME": "PLEIADES NOMINAL 1",
    "OBJECT_ID": "2026-001A",
    "CENTER_NAME": "EARTH",
    "REF_FRAME": "TEME",
    "TIME_SYSTEM": "UTC",
    "MEAN_ELEMENT_THEORY": "SGP4",
    "EPOCH": "2026-01-01T06:00:00.000000",
    "MEAN_MOTION": 14.58507922,
    "ECCENTRICITY": 0.0001,
    "INCLINATION": 98.1929,
    "RA_OF_ASC_NODE": 78.1605,
    "ARG_OF_PERICENTER": 90.0,
    "MEAN_ANOMALY": 270.0,
    "EPHEMERIS_TYPE": 0,
    "CLASSIFICATION_TYPE": "U",
    "NORAD_CAT_ID": 90001,
    "ELEMENT_SET_NO": 999,
    "REV_AT_EPOCH": 12,
    "BSTAR": 3e-05,
    "MEAN_MOTION_DOT": 3.3e-07,
    "MEAN_MOTION_DDOT": 0.0,
}
NEEDED = (
    "OBJECT_NAME",
    "EPOCH",
    "MEAN_MOTION",
    "ECCENTRICITY",
    "INCLINATION",
    "RA_OF_ASC_NODE",
    "ARG_OF_PERICENTER",
    "MEAN_ANOMALY",
    "NORAD_CAT_ID",
)


def _xml(*records):
    """The records as an OMM in XML, as CelesTrak and Space-Track lay it out."""

    def tags(record, *fields):
        return "".join(f"<{field}>{record[field]}</{field}>" for field in fields)

    segments = "".join(
        f"<omm><header/><body><segment><metadata>{tags(record, *list(OMM)[:6])}</metadata>"
        f"<data><meanElements>{tags(record, *list(OMM)[6:13])}</meanElements>"
        f"<tleParameters>{tags(record, *list(OMM)[13:])}</tleParameters></data></segment></body></omm>"
        for record in records
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<ndm>{segments}</ndm>'


def _csv(*records):
    """The records as an OMM in CSV."""
    lines = [",".join(OMM), *(",".join(str(value) for value in record.values()) for record in records)]
    return "\r\n".join(lines) + "\r\n"


SECOND = {**OMM, "OBJECT_NAME": "ICEYE INCLINED NOMINAL 1", "NORAD_CAT_ID": 270000, "INCLINATION": 45.0}
SECOND |= {"RA_OF_ASC_NODE": 100.6605, "MEAN_MOTION": 15.05491974}
FILES = {
    "tle": TLE,
    "tle-crlf": TLE.replace("\n", "\r\n") + "\r\n",
    "json": json.dumps([OMM, SECOND]),
    "json-strings": json.dumps([{key: str(value) for key, value in one.items()} for one in (OMM, SECOND)]),
    "csv": _csv(OMM, SECOND),
    "csv-bom": "\ufeff" + _csv(OMM, SECOND),
    "xml": _xml(OMM, SECOND),
}


def _read(tmp_path, text):
    path = tmp_path / "satellites.txt"
    path.write_bytes(text.encode())
    return read_elements(path)


@pytest.mark.parametrize("text", FILES.values(), ids=FILES.keys())
def test_every_format_gives_the_same_orbits(tmp_path, text):
    """Names, numbers, epochs and flown positions do not depend on the format; the file's name plays no part."""
    actual = _read(tmp_path, text)
    expected = _read(tmp_path, TLE)

    assert [one.name for one in actual] == ["PLEIADES NOMINAL 1", "ICEYE INCLINED NOMINAL 1"]
    assert [one.satrec.satnum for one in actual] == [90001, 270000]
    for one, other in zip(actual, expected, strict=True):
        epoch = sat_epoch_datetime(one.satrec)
        assert abs(epoch - datetime(2026, 1, 1, 6, tzinfo=UTC)) < timedelta(milliseconds=1)
        assert one.satrec.sgp4_tsince(1440.0)[1] == pytest.approx(other.satrec.sgp4_tsince(1440.0)[1], abs=1e-3)


@pytest.mark.parametrize("text", FILES.values(), ids=FILES.keys())
def test_drag_is_left_out(tmp_path, text):
    """Whatever the file says of drag, the orbit flown has none."""
    flown = [(one.satrec.bstar, one.satrec.ndot, one.satrec.nddot) for one in _read(tmp_path, text)]

    assert flown == [(0.0, 0.0, 0.0)] * 2


def test_an_epoch_is_read_to_the_microsecond(tmp_path):
    """A satellite flies seven km in a second, so fractions of it count."""
    (actual,) = _read(tmp_path, json.dumps(OMM | {"EPOCH": "2026-08-22T07:53:51.259199"}))
    difference = sat_epoch_datetime(actual.satrec) - datetime(2026, 8, 22, 7, 53, 51, 259199, tzinfo=UTC)

    assert abs(difference) < timedelta(microseconds=100)


def test_one_json_object_is_a_file_of_one(tmp_path):
    """A single OMM need not stand in a list."""
    assert [one.name for one in _read(tmp_path, json.dumps(OMM))] == ["PLEIADES NOMINAL 1"]


def test_a_minimal_omm_is_enough(tmp_path):
    """What does not move the satellite may be left out; an epoch may end in Z and have no fraction."""
    minimal = {field: OMM[field] for field in NEEDED} | {"EPOCH": "2026-01-01T06:00:00Z"}
    (actual,) = _read(tmp_path, json.dumps(minimal))
    (expected,) = _read(tmp_path, json.dumps(OMM))

    assert actual.satrec.sgp4_tsince(60.0) == expected.satrec.sgp4_tsince(60.0)


def test_a_tle_without_names_is_named_by_its_number(tmp_path):
    """Two-line files have no names; the catalogue number stands in."""
    lines = [line for line in TLE.splitlines() if line[:2] in {"1 ", "2 "}]

    assert [one.name for one in _read(tmp_path, "\n".join(lines))] == ["90001", "T0000"]


def test_an_epoch_of_the_last_century_is_read_as_such(tmp_path):
    """Two-digit years from 57 on are of the twentieth century."""
    old = TLE.splitlines()[:3]
    old[1] = old[1].replace("26001.25", "98001.25")[:68] + "0"
    checksum = sum(int(c) if c.isdigit() else c == "-" for c in old[1][:68]) % 10
    (actual,) = _read(tmp_path, "\n".join([old[0], old[1][:68] + str(checksum), old[2]]))

    assert sat_epoch_datetime(actual.satrec).year == 1998


@pytest.mark.parametrize("field", NEEDED)
def test_a_missing_field_is_named(tmp_path, field):
    """File, record and field stand in the message, for a field left out and for an empty one."""
    for record in ({**SECOND, field: None}, {**SECOND, field: " "}):
        with pytest.raises(ConfigurationError, match=rf"satellites.txt: record 2 \(.*\): {field}: is missing"):
            _read(tmp_path, json.dumps([OMM, record]))


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("MEAN_MOTION", "fast", "'fast' is not a number"),
        ("MEAN_MOTION", True, "'True' is not a number"),
        ("MEAN_MOTION", 0, "0 is not between 0.05 and 17.5"),
        ("MEAN_MOTION", float("nan"), "nan is not between"),
        ("MEAN_MOTION", 17.4, "SGP4 finds no orbit"),
        ("ECCENTRICITY", 1.0, "1.0 is not between 0 and 0.999999"),
        ("INCLINATION", -0.1, "-0.1 is not between 0 and 180"),
        ("RA_OF_ASC_NODE", 1e9, "is not between -360 and 360"),
        ("NORAD_CAT_ID", 340_000, "340000 is not between 0 and 339999"),
        ("NORAD_CAT_ID", 12.5, "12.5 is not a whole number"),
        ("NORAD_CAT_ID", 90001, "90001 is there twice"),
        ("EPOCH", "yesterday", "'yesterday' is not a date and time"),
        ("EPOCH", "0001-01-01T00:00:00+05:00", "is not a date and time"),
        ("EPOCH", "0999-01-01T00:00:00", "is not between 1957 and 2099"),
        ("MEAN_MOTION", "9" * 5000, " is not between"),
        ("REF_FRAME", "EME2000", "EME2000 is not supported, only TEME"),
        ("TIME_SYSTEM", "TAI", "TAI is not supported, only UTC"),
        ("CENTER_NAME", "MARS", "MARS is not supported, only EARTH"),
        ("MEAN_ELEMENT_THEORY", "SGP4-XP", "SGP4-XP is not supported, only SGP/SGP4 or SGP4"),
    ],
)
def test_a_wrong_value_is_named(tmp_path, field, value, problem):
    """A value that cannot be meant is refused with the record and the field at fault."""
    with pytest.raises(ConfigurationError) as caught:
        _read(tmp_path, json.dumps([OMM, {**SECOND, field: value}]))

    assert f"record 2 (ICEYE INCLINED NOMINAL 1): {field}: " in str(caught.value)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("", "holds no element sets", id="empty"),
        pytest.param("[]", "holds no element sets", id="empty-list"),
        pytest.param(",".join(OMM), "holds no element sets", id="only-a-header"),
        pytest.param("[{", "is not valid JSON", id="cut-json"),
        pytest.param("[" * 100_000, "is not valid JSON", id="deep-json"),
        pytest.param('OBJECT_NAME\n"' + "x" * 200_000, "is not valid CSV", id="endless-csv-field"),
        pytest.param("[1]", "record 1: is not an object", id="numbers"),
        pytest.param("<ndm>", "is not an OMM in XML", id="cut-xml"),
        pytest.param("<ndm><segment/></ndm>", "is not an OMM in XML", id="hollow-xml"),
        pytest.param('<!DOCTYPE a [<!ENTITY b "c">]><ndm/>', "declares a document type", id="entities"),
        pytest.param("<html></html>", "holds no element sets", id="html"),
        pytest.param("hello\nworld\n", "is neither OMM nor TLE", id="prose"),
        pytest.param(TLE.splitlines()[1], "is neither OMM nor TLE", id="half-a-tle"),
        pytest.param(TLE.replace("98.1929", "98.1920"), "line 3 (PLEIADES NOMINAL 1): is not a valid TLE", id="sum"),
        pytest.param(TLE.replace("2 90001", "2 90002"), "line 1 is of satellite 90001, line 2 of 90002", id="mixed"),
        pytest.param(TLE.replace("0001000  90.0000 270.0000 14.58507922    09", ""), "both with 69", id="short"),
        pytest.param(TLE.replace(" 98.1929", " 98.19x9").replace("09\n", "0 \n"), "INCLINATION", id="letters"),
        pytest.param(TLE.replace("26001.25000000", "26abc.25000000"), "is not a valid TLE", id="epoch"),
    ],
)
def test_a_file_that_is_no_element_file_is_refused(tmp_path, text, problem):
    """Each way of being unreadable has an error that names the file and says what is wrong."""
    with pytest.raises(ConfigurationError) as caught:
        _read(tmp_path, text)

    assert str(tmp_path / "satellites.txt") in str(caught.value)
    assert problem in str(caught.value)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.sampled_from(list(FILES.values())),
    at=st.integers(0, 1500),
    cut=st.integers(0, 40),
    put=st.text(max_size=20) | st.sampled_from(["\n", "9", "-", "0.", '"', ",", "<", "}", "\x00"]),
)
def test_a_damaged_file_is_read_or_refused(tmp_path, text, at, cut, put):
    """Whatever is cut out or put in, the answer is orbits that fly or the one error of the reader."""
    try:
        elements = _read(tmp_path, text[:at] + put + text[at + cut :])
    except ConfigurationError as error:
        assert len(str(error)) < 1000  # noqa: PT017 - both outcomes are right
    else:
        assert all(one.satrec.sgp4_tsince(0.0)[0] == 0 for one in elements)


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    """A missing file, a folder and bytes that are no text are configuration errors too."""
    (tmp_path / "latin.txt").write_bytes(b"PL\xc9IADES")
    for path in (tmp_path / "none.tle", tmp_path, tmp_path / "latin.txt"):
        with pytest.raises(ConfigurationError, match="cannot be read as text"):
            read_elements(path)


def test_a_huge_file_is_refused(tmp_path, monkeypatch):
    """A file over the limit is not even opened."""
    monkeypatch.setattr(elements, "MAX_FILE_BYTES", 10)
    with pytest.raises(ConfigurationError, match="is larger than"):
        _read(tmp_path, TLE)


def test_elements_fly_where_a_plain_reading_of_the_tle_flies(tmp_path):
    """After a day the drag-free orbit is still within a few km of sgp4's own reading with drag."""
    from sgp4.api import Satrec  # noqa: PLC0415 - the oracle, not the subject

    lines = TLE.splitlines()
    plain = Satrec.twoline2rv(lines[1], lines[2])
    actual = np.array(_read(tmp_path, TLE)[0].satrec.sgp4_tsince(1440.0)[1])

    assert np.linalg.norm(actual - plain.sgp4_tsince(1440.0)[1]) < 2.0
    assert (
        np.linalg.norm(np.array(plain.sgp4_tsince(0.0)[1]) - _read(tmp_path, TLE)[0].satrec.sgp4_tsince(0.0)[1]) < 0.1
    )
