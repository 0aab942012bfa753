"""The network files of lava-dl (`.net`, HDF5), read and written without Lava."""

from conversion.netx.options import NetxOptions
from conversion.netx.read import read_netx
from conversion.netx.write import write_netx

__all__ = ["NetxOptions", "read_netx", "write_netx"]
