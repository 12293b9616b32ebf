"""Run the Python code in README and docs as tests, and say how properties are searched.

On a shared machine the same examples are tried every time, so that a red run is about the change; whoever runs the
tests by hand searches anew each time. No example has a time limit, which a busy machine would break.
"""

import os

from hypothesis import HealthCheck, settings
from sybil import Sybil
from sybil.parsers.myst import PythonCodeBlockParser, SkipParser

pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()], patterns=["README.md", "docs/*.md", "docs/providers/*.md"]
).pytest()

settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("search"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "search")
