"""Each test has turns of its own: those that `from_config` shares between processes stand in its own folder."""

import pytest


@pytest.fixture(autouse=True)
def _home(monkeypatch, tmp_path):
    """No state and no configuration but the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("TASKING_HUB_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
