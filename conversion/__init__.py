"""Changes of form that compute the same: a network to float graphs, NIR and netx files to graphs.

    from conversion import NirOptions, read_nir, write_nir

    graph = read_nir("net.nir", options=NirOptions(dt=1e-3))
    write_nir(graph, "copy.nir", dialect="portable", dt=1e-3)

Why late imports: reading the name of a function must not load h5py or nir.
"""

from typing import TYPE_CHECKING

from spiketrack.late_names import late_names

if TYPE_CHECKING:
    from conversion.from_network import float_graphs
    from conversion.from_nir import NirImport, read_nir, read_nir_with_notes
    from conversion.netx.options import NetxOptions
    from conversion.netx.read import read_netx
    from conversion.netx.write import write_netx
    from conversion.nir_data import Recording, read_nir_data, write_nir_data
    from conversion.nir_options import NirOptions
    from conversion.passes.fold_batchnorm import fold_batchnorm
    from conversion.passes.fold_scales import fold_scales
    from conversion.to_nir import write_nir
else:
    __getattr__ = late_names(
        __name__,
        {
            "NetxOptions": "conversion.netx.options",
            "NirImport": "conversion.from_nir",
            "NirOptions": "conversion.nir_options",
            "Recording": "conversion.nir_data",
            "float_graphs": "conversion.from_network",
            "fold_batchnorm": "conversion.passes.fold_batchnorm",
            "fold_scales": "conversion.passes.fold_scales",
            "read_netx": "conversion.netx.read",
            "read_nir": "conversion.from_nir",
            "read_nir_data": "conversion.nir_data",
            "read_nir_with_notes": "conversion.from_nir",
            "write_netx": "conversion.netx.write",
            "write_nir": "conversion.to_nir",
            "write_nir_data": "conversion.nir_data",
        },
    )

__all__ = [
    "NetxOptions",
    "NirImport",
    "NirOptions",
    "Recording",
    "float_graphs",
    "fold_batchnorm",
    "fold_scales",
    "read_netx",
    "read_nir",
    "read_nir_data",
    "read_nir_with_notes",
    "write_netx",
    "write_nir",
    "write_nir_data",
]
