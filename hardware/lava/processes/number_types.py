"""Models with the number types of one instance: Lava reads ports and their types from the class."""

from collections.abc import Mapping
from typing import Any, cast

from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType

from hardware.lava.assemble.values import Dtype


def with_ports(model: type[Any], ins: Mapping[str, Dtype], outs: Mapping[str, Dtype]) -> type[Any]:
    """A model with these ports, by name, and their number types."""
    ports = {name: LavaPyType(PyInPort.VEC_DENSE, dtype) for name, dtype in ins.items()}
    ports |= {name: LavaPyType(PyOutPort.VEC_DENSE, dtype) for name, dtype in outs.items()}
    return cast(type[Any], type(model.__name__, (model,), {**ports, "__doc__": model.__doc__}))
