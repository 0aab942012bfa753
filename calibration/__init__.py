"""Float to integer: the only room where values change, and it reports by how much.

    from calibration import QuantiseOptions, quantise_network

    quantised = quantise_network(graph, QuantiseOptions(weight_bits=8, stream_bits=24))
    print([bound for bound in quantised.certificate if not bound.proved])

Why late imports: reading the name of a function must not load torch, which only `compare_forced`
needs.
"""

from typing import TYPE_CHECKING

from spiketrack import own_packages  # noqa: F401
from spiketrack.late_names import late_names

if TYPE_CHECKING:
    from calibration.certificate import Bound, bounds_of, certify
    from calibration.compare import NodeError, compare_forced, summarise_errors
    from calibration.options import InputRange, QuantiseOptions
    from calibration.quantise import (
        QuantisedGraph,
        quantise_graph,
        quantise_model,
        quantise_network,
    )
else:
    __getattr__ = late_names(
        __name__,
        {
            "Bound": "calibration.certificate",
            "InputRange": "calibration.options",
            "NodeError": "calibration.compare",
            "QuantiseOptions": "calibration.options",
            "QuantisedGraph": "calibration.quantise",
            "bounds_of": "calibration.certificate",
            "certify": "calibration.certificate",
            "compare_forced": "calibration.compare",
            "quantise_graph": "calibration.quantise",
            "quantise_model": "calibration.quantise",
            "quantise_network": "calibration.quantise",
            "summarise_errors": "calibration.compare",
        },
    )

__all__ = [
    "Bound",
    "InputRange",
    "NodeError",
    "QuantiseOptions",
    "QuantisedGraph",
    "bounds_of",
    "certify",
    "compare_forced",
    "quantise_graph",
    "quantise_model",
    "quantise_network",
    "summarise_errors",
]
