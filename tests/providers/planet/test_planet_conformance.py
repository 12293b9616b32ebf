"""The public contract of adapters, held against Planet's."""

from collections.abc import Sequence
from datetime import timedelta

from attrs import evolve
from shapely import box

from tasking_hub import Optical, TaskRequest, Window
from tasking_hub.testing import ProviderConformance
from tasking_hub_planet import PlanetOptions, PlanetProvider


class TestPlanetConformance(ProviderConformance):
    """Planet's adapter keeps what every adapter promises."""

    provider_type = PlanetProvider

    def requests(self) -> Sequence[TaskRequest]:
        """The plain ones, and one with everything that Planet knows."""
        plain = list(super().requests())
        full = evolve(
            plain[0],
            area=box(1.42, 43.59, 1.46, 43.62),
            window=Window(self.now, self.now + timedelta(days=5)),
            optical=Optical(max_cloud_cover=80, min_incidence=1, max_incidence=30, min_sun_elevation=5, max_gsd_m=2),
            exclusivity_days=5,
            options={"planet": PlanetOptions(show_replacing=True)},
            reference="conformance-full",
        )
        return [*plain, full]
