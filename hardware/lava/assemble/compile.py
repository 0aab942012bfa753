"""Compiles a process graph and starts it, on CPUs or with the configuration for Loihi 2."""

from typing import Any

from hardware.lava.assemble.graph import ProcessGraph
from hardware.lava.processes.blocks import BlockProcess
from hardware.lava.processes.counted import CountedProcess
from hardware.lava.runtime.start_method import start_method_kept
from hardware.lava.runtime.watched import WatchedRuntime

with start_method_kept():
    from lava.magma.compiler.compiler import Compiler
    from lava.magma.compiler.executable import Executable
    from lava.magma.core.process.process import ProcessServer
    from lava.magma.core.run_configs import Loihi2HwCfg, Loihi2SimCfg, RunConfig

CHANNEL_SIZE = 1
"""Messages a channel holds; Lava's default of 64 would commit 64 feature maps for each."""
TAG = "fixed_pt"
Counter = tuple[CountedProcess, tuple[str, ...]]


def run_config(net: ProcessGraph, device: str) -> RunConfig:
    """Lava's run configuration: fixed-point models, each named by its process instance."""
    make = Loihi2HwCfg if device == "loihi2" else Loihi2SimCfg
    # Without the tag Lava would choose its floating-point models, in silence.
    return make(select_tag=TAG, exception_proc_model_map=net.models)


def compile_processes(net: ProcessGraph, config: RunConfig) -> Executable:
    """Lava's compiler on the whole graph."""
    with start_method_kept():
        compiler = Compiler({"pypy_channel_size": CHANNEL_SIZE})
        return compiler.compile(net.root, config)


def start(net: ProcessGraph, config: RunConfig) -> tuple[list[Counter], Any]:
    """Compiles and starts the processes.

    Returns:
        The processes that count, each with the names of the nodes it counts; and the runtime.

    Raises:
        LavaError: a process could not be started.
    """
    executable = compile_processes(net, config)
    counters = [
        (process, counted_names(process))
        for process in executable.proc_builders
        if isinstance(process, CountedProcess)
    ]
    runtime = WatchedRuntime(executable)
    runtime.initialize()
    # Lava would keep every process, and its weights, for as long as Python runs.
    server, ours = ProcessServer(), {id(process) for process in net.models}
    server.processes = [process for process in server.processes if id(process) not in ours]
    return counters, runtime


def counted_names(process: CountedProcess) -> tuple[str, ...]:
    """The nodes that a process counts, in the order of its counters."""
    if isinstance(process, BlockProcess):
        return tuple(node.name for node in process.proc_params["block"].nodes)
    return (process.name,)
