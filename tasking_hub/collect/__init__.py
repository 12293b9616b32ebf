"""From an order's files at the provider to files on disk, and to STAC items."""

from tasking_hub.collect.courier import Collected, Courier
from tasking_hub.collect.download import download, download_all
from tasking_hub.collect.names import distinct_names, safe_name
from tasking_hub.collect.stac import deliverable_items

__all__ = [
    "Collected",
    "Courier",
    "deliverable_items",
    "distinct_names",
    "download",
    "download_all",
    "safe_name",
]
