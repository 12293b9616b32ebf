"""Running commands in this process, and on a scripted adapter."""

from types import SimpleNamespace

import pytest
import toys

from tasking_hub.cli import main


@pytest.fixture(autouse=True)
def _home(monkeypatch, tmp_path):
    """No configuration but what a test writes, no colours, 80 columns, a folder of its own."""
    for name in ("TASKING_HUB_CONFIG", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def cli(capsys):
    """Run a command and give its exit code and what it wrote."""

    def run(*argv):
        with pytest.raises(SystemExit) as caught:
            main([str(word) for word in argv])
        written = capsys.readouterr()
        return SimpleNamespace(code=caught.value.code, out=written.out, err=written.err)

    return run


@pytest.fixture
def toy(monkeypatch, tmp_path):
    """Only the scripted adapter is installed; calling it configures what its accounts say."""
    monkeypatch.setattr("tasking_hub.cli.running.Registry", toys.registry)
    monkeypatch.setattr("tasking_hub.cli.providers.Registry", toys.registry)

    def configured(**accounts):
        tables = [
            f'[accounts.{name}]\nprovider = "toy"\nscript = {list(script)!r}\napi_key = "hush-{name}"\n'
            for name, script in accounts.items()
        ]
        path = tmp_path / "tasking-hub.toml"
        path.write_text("\n".join(tables))
        return path

    return configured
