"""The public contract of adapters, held against ICEYE's."""

from collections.abc import Sequence
from datetime import timedelta

from attrs import evolve
from shapely import box

from tasking_hub import LookSide, PassDirection, Radar, TaskRequest, Window
from tasking_hub.testing import ProviderConformance
from tasking_hub_iceye import IceyeOptions, IceyeProvider


class TestIceyeConformance(ProviderConformance):
    """ICEYE's adapter keeps what every adapter promises."""

    provider_type = IceyeProvider

    def requests(self) -> Sequence[TaskRequest]:
        """The plain ones, and one with everything that ICEYE knows."""
        plain = list(super().requests())
        full = evolve(
            plain[0],
            area=box(1.42, 43.59, 1.46, 43.62),
            window=Window(self.now, self.now + timedelta(days=20)),
            radar=Radar(
                mode="SPOTLIGHT_FINE",
                max_resolution_m=1,
                min_looks=3,
                min_incidence=18.5,
                max_incidence=60,
                look_side=LookSide.ANY,
                pass_direction=PassDirection.DESCENDING,
            ),
            licence="GOVERNMENT",
            priority="COMMERCIAL",
            sla="SLA_24H",
            exclusivity_days=30,
            options={"iceye": IceyeOptions(product_types=("SICD",))},
            reference="conformance-full",
        )
        return [*plain, full]
