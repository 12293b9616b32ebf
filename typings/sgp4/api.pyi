from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

WGS72: int

class Satrec:
    a: float
    ecco: float
    jdsatepoch: float
    jdsatepochF: float  # noqa: N815 - the library spells it so
    no_kozai: float
    nodedot: float
    radiusearthkm: float
    def sgp4init(
        self,
        whichconst: int,
        opsmode: str,
        satnum: int,
        epoch: float,
        bstar: float,
        ndot: float,
        nddot: float,
        ecco: float,
        argpo: float,
        inclo: float,
        mo: float,
        no_kozai: float,
        nodeo: float,
        /,
    ) -> None: ...
    def sgp4_tsince(self, tsince: float, /) -> tuple[int, tuple[float, float, float], tuple[float, float, float]]: ...

class SatrecArray:
    def __init__(self, satrecs: Sequence[Satrec]) -> None: ...
    def sgp4(
        self, jd: NDArray[np.float64], fr: NDArray[np.float64]
    ) -> tuple[NDArray[Any], NDArray[np.float64], NDArray[np.float64]]: ...
