"""Models with the number types of one instance: Lava reads ports and their types from the class."""

from collections.abc import Mapping
from typing import Any, cast

from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType

from hardware.lava.assemble.values import Dtype


def with_ports(
    model: type[Any],
    ins: Mapping[str, Dtype],
    outs: Mapping[str, Dtype],
    process: type[Any] | None = None,
) -> type[Any]:
    """A model with these ports, by name, and their number types.

    Args:
        model: the model to derive from.
        ins: number types by name of the InPort.
        outs: number types by name of the OutPort.
        process: the class that the model implements, after which it is then named; None leaves both
            as they are.
    """
    body: dict[str, Any] = {
        name: LavaPyType(PyInPort.VEC_DENSE, dtype) for name, dtype in ins.items()
    }
    body |= {name: LavaPyType(PyOutPort.VEC_DENSE, dtype) for name, dtype in outs.items()}
    body |= {"__doc__": model.__doc__, "__module__": model.__module__}
    name = model.__name__
    if process is not None:
        name, body["implements_process"] = f"Py{process.__name__}Model", process
    return cast(type[Any], type(name, (model,), body))
