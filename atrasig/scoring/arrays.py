"""Types of the arrays that scoring passes around."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.int32]
Places = NDArray[np.intp]
