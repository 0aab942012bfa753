"""Values packed into one message come out as they went in; no Lava is needed for that."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hardware.lava.runtime.frames import Layout, put


def test_values_of_any_number_type_come_out_of_a_message_as_they_went_in() -> None:
    rng = np.random.default_rng(0)
    values: dict[str, NDArray[Any]] = {
        "spikes": rng.integers(0, 5, (1, 3, 1, 1)).astype(np.uint8),
        "stream": rng.integers(-(1 << 23), 1 << 23, (2, 1, 5, 1)).astype(np.int32),
        "1.wide": rng.integers(-(1 << 60), 1 << 60, (1, 1, 2, 2)),
    }
    layout = Layout({name: (x.shape, x.dtype.type) for name, x in values.items()})
    # 3 bytes, 10 * 4 and 4 * 8: nothing between them.
    assert layout.n_bytes == 3 + 40 + 32
    message = np.empty(layout.n_bytes, np.uint8)
    for name, value in values.items():
        put(message, layout.parts[name], value)
    found = layout.unpack(message)
    for name, value in values.items():
        np.testing.assert_array_equal(found[name], value)
        assert found[name].dtype == value.dtype


def test_every_value_has_a_port_that_python_can_name() -> None:
    shape = (1, 1, 1, 1)
    layout = Layout({"a.b": (shape, np.uint8), "1st": (shape, np.int32)})
    assert layout.port_types == {"a_b_in": np.uint8, "v_1st_in": np.int32}
