"""A throw-away PostgreSQL: a cluster in a temporary folder, reached over its socket, gone after the tests."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER = "hub"


def binaries() -> Path | None:
    """Where initdb and pg_ctl stand, or None."""
    found = shutil.which("pg_ctl")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists() and (place / "pg_ctl").exists()), None)


def obstacle() -> str | None:
    """Why no cluster can be started here, or None."""
    if binaries() is None:
        return "no PostgreSQL binaries (initdb, pg_ctl) on this machine"
    if os.geteuid() == 0 and not (_has_user() and _runuser()):
        return "PostgreSQL does not run as root, and there is no user postgres, or no runuser, to run it as"
    return None


def _runuser() -> str | None:
    """A command of administrators, which a plain PATH leaves out."""
    return shutil.which("runuser") or shutil.which("runuser", path="/usr/sbin:/sbin")


def _has_user() -> bool:
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        return False
    return True


class Cluster:
    """A running server; every database that it hands out is new."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()

    def run(self, name: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs, as a user that it accepts."""
        command = [str(binaries() / name), *arguments]
        if os.geteuid() == 0:
            command = [str(_runuser()), "-u", "postgres", "--", *command]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        subprocess.run(command, check=True, capture_output=True, cwd=self._folder, env=environment)  # noqa: S603

    def start(self) -> None:
        """Make the cluster and wait until it answers."""
        data, log = self._folder / "data", self._folder / "log"
        self.run("initdb", "-D", str(data), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = f"-k {self._folder} -c listen_addresses='' -c fsync=off -c max_connections=60"
        self.run("pg_ctl", "-D", str(data), "-l", str(log), "-o", options, "-w", "start")

    def stop(self) -> None:
        """Stop it at once."""
        self.run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "-w", "stop")

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"book{next(self._numbers)}"
        self.run("createdb", "-h", str(self._folder), "-U", USER, name)
        return f"postgresql://{USER}@/{name}?host={self._folder}"


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """A cluster for as long as the body runs."""
    folder = Path(tempfile.mkdtemp(prefix="hub-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    cluster = Cluster(folder)
    try:
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
