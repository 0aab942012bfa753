"""Runs compiled Lava processes so that nothing can hang and nothing is left behind.

Lava's own runtime waits for ever once a process has failed, keeps shared memory under a name until
somebody unlinks it, and fixes the start method of `multiprocessing` for the whole program. Here:

- every wait looks after the processes; what one of them raised, or that it died or was stopped,
  becomes a `LavaError` within `POLL_S`, and an overflow an `OverflowBoundError`;
- channels lie in anonymous memory that parent and children share by fork: there is no name to
  leave behind, whatever is killed;
- children ignore Ctrl-C, end with their parent, and use one thread;
- the start method stays as found, since all that forks asks for the context "fork" itself.

Why private members of Lava are used: it was archived with release 0.10.0, to which the extra is
pinned.
"""

import mmap
import multiprocessing
import os
import signal
import threading
import time
import traceback
import weakref
from queue import Empty
from typing import Any, NoReturn

import numpy as np
import torch
from numpy.typing import NDArray

from hardware.lava.runtime.faults import Faults
from hardware.lava.runtime.start_method import start_method_kept
from hardware.lava.runtime.stopped import StoppedWatch
from spiketrack.errors import LavaError

POLL_S = 0.1
READY_S = 120.0
ORPHAN_POLL_S = 1.0
FORK = multiprocessing.get_context("fork")


with start_method_kept():
    from lava.magma.compiler.builders.py_builder import PyProcessBuilder
    from lava.magma.compiler.channels.interfaces import Channel
    from lava.magma.compiler.channels.pypychannel import CspRecvPort, CspSendPort, Proto
    from lava.magma.compiler.channels.watchdog import NoOPWatchdog
    from lava.magma.compiler.executable import Executable
    from lava.magma.core.process.ports.ports import InPort, OutPort
    from lava.magma.core.process.variable import Var
    from lava.magma.runtime.mgmt_token_enums import (
        MGMT_COMMAND,
        MGMT_RESPONSE,
        enum_equal,
        enum_to_np,
    )
    from lava.magma.runtime.runtime import Runtime


class AnonymousMemory:
    """Shared by fork and gone with the last process that maps it."""

    def __init__(self, n_bytes: int) -> None:
        self.buf = memoryview(mmap.mmap(-1, max(1, n_bytes)))


class ForkChannel(Channel):  # type: ignore[misc]
    """A channel like Lava's own, in anonymous memory."""

    def __init__(
        self,
        infrastructure: Any,
        src_name: str,
        dst_name: str,
        shape: tuple[int, ...],
        dtype: Any,
        size: int,
        *watchdogs: Any,
    ) -> None:
        n_bytes = int(np.prod(shape) * np.dtype(dtype).itemsize)
        memory, idle = AnonymousMemory(n_bytes * size), NoOPWatchdog(None)
        request, acknowledge = FORK.Semaphore(0), FORK.Semaphore(0)
        proto = Proto(shape=shape, dtype=dtype, nbytes=n_bytes)
        link = (memory, proto, size, request, acknowledge, idle, idle)
        self._src_port = CspSendPort(src_name, *link)
        self._dst_port = CspRecvPort(dst_name, *link)

    @property
    def src_port(self) -> Any:
        """Where messages go in."""
        return self._src_port

    @property
    def dst_port(self) -> Any:
        """Where they come out."""
        return self._dst_port


class ForkInfrastructure:
    """Processes by fork, in the place of Lava's message infrastructure.

    Attributes:
        actors: the processes, by their names.
        faults: where they report.
    """

    def __init__(self) -> None:
        self.actors: dict[str, Any] = {}
        self.faults = Faults()

    def start(self) -> None:
        """Nothing to start."""

    def fork(self, name: str, builder: Any) -> None:
        """Forks one process.

        Why Ctrl-C is blocked meanwhile: the child inherits that, and leaves it to its parent.
        """
        # Lava lets two processes have one name, and both must be watched.
        if name in self.actors:
            name = f"{name} ({len(self.actors)})"
        # daemon: Python ends it with the parent, should nothing else have.
        process = FORK.Process(
            target=_live, args=(builder, name, self.faults, os.getpid()), name=name, daemon=True
        )
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            process.start()
            self.actors[name] = process
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def stop(self) -> None:
        """Ends all processes at once.

        Why killed: they hold nothing that could be lost, and one that hangs cannot be asked.
        """
        actors = list(self.actors.values())
        self.actors.clear()
        for actor in actors:
            actor.kill()
        for actor in actors:
            actor.join()
            actor.close()
        self.faults.close()

    def channel_class(self, channel_type: Any) -> type[ForkChannel]:
        """The one kind of channel there is."""
        return ForkChannel


def _live(builder: Any, name: str, faults: Faults, parent: int) -> NoReturn:
    """What a child does; it leaves without the exit handlers it inherited."""
    code = 1
    try:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
        # A pool of threads that the parent has used does not survive a fork, and hangs.
        torch.set_num_threads(1)
        actor = builder.build()
        faults.report_ready()
        actor.start()
        code = 0
    except BaseException as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{os.path.basename(place.filename)}:{place.lineno} in {place.name}"
        faults.report(name, error, where)
    finally:
        # The exit handlers are copies of the parent's and would undo its files and locks.
        os._exit(code)


def _end_with(parent: int) -> None:
    # A child whose parent was killed gets no message: it sees a new parent.
    while os.getppid() == parent:
        time.sleep(ORPHAN_POLL_S)
    os._exit(1)


class WatchedRuntime(Runtime):  # type: ignore[misc]
    """Lava's runtime with waits that end.

    Attributes:
        infrastructure: its processes.
    """

    def __init__(self, executable: Executable) -> None:
        super().__init__(executable, None)
        self.infrastructure = ForkInfrastructure()
        self._messaging_infrastructure = self.infrastructure
        self._host_ports: list[Any] = []
        self._stopped = StoppedWatch()
        # Also if nobody calls `stop`, at the latest when Python ends.
        self._finalizer = weakref.finalize(self, self.infrastructure.stop)

    def __del__(self) -> None:
        """The finalizer does it."""

    def initialize(self, node_cfg_idx: int = 0) -> None:
        """Forks all processes and waits until they are ready.

        Raises:
            LavaError, OverflowBoundError: one of them failed or died.
        """
        try:
            self._build_watchdog_manager()
            self._build_channels()
            self._build_sync_channels()
            for process, builder in self._executable.proc_builders.items():
                if isinstance(builder, PyProcessBuilder):
                    self._create_external_channels(process, builder)
            for process, builder in self._executable.proc_builders.items():
                self.infrastructure.fork(process.name, builder)
            for builder in self._executable.runtime_service_builders.values():
                self.infrastructure.fork("runtime service", builder)
            self._start_ports()
            self._await_ready()
        except BaseException:
            self.stop()
            raise

    def step(self) -> None:
        """One time step of all processes.

        Raises:
            LavaError, OverflowBoundError: one of them failed or died.
        """
        for port in self.runtime_to_service:
            port.send(enum_to_np(1))
        for port in self.service_to_runtime:
            if not enum_equal(self.receive(port), MGMT_RESPONSE.DONE):
                self._fail()

    def receive(self, port: Any) -> NDArray[Any]:
        """A message from a child.

        Raises:
            LavaError, OverflowBoundError: a child failed or died.
        """
        while True:
            try:
                # A look with a timeout: `recv` itself would wait for ever on a dead child.
                port._queue.get(timeout=POLL_S, peek=True)
            except Empty:
                self.check()
            else:
                message: NDArray[Any] = port.recv()
                return message

    def read(self, var: Var) -> NDArray[np.int64]:
        """The integers in a Var, between two steps.

        Raises:
            LavaError, OverflowBoundError: a child failed or died.
        """
        self.check()
        model = self._executable.node_configs[0].var_models[var.id]
        to_service = self.runtime_to_service[model.runtime_srv_id]
        from_service = self.service_to_runtime[model.runtime_srv_id]
        # The protocol of Lava's service: the word, the process, the Var.
        for word in (MGMT_COMMAND.GET_DATA, enum_to_np(model.proc_id), enum_to_np(var.id)):
            to_service.send(word)
        n_items = int(self.receive(from_service)[0])
        return np.array([int(self.receive(from_service)[0]) for _ in range(n_items)], np.int64)

    def check(self) -> None:
        """Raises LavaError, or OverflowBoundError, if a child has failed, died or been stopped."""
        self.infrastructure.faults.check()
        for name, actor in self.infrastructure.actors.items():
            # It may have told its fault between the first look and its end.
            if not actor.is_alive():
                self.infrastructure.faults.check()
                raise LavaError(f"Lava process '{name}'", "a living process", _end(actor.exitcode))
            self._stopped.check(name, actor.pid)

    def stop(self) -> None:
        """Ends all processes and the threads of this one that serve them."""
        self._is_started = self._is_running = False
        self._finalizer()
        for port in (*self._open_ports, *self._host_ports):
            port.join()
        self._open_ports.clear()
        self._host_ports.clear()

    def _fail(self) -> NoReturn:
        """The service said that a child failed; which one says it itself, soon."""
        for _ in range(int(1 / POLL_S)):
            self.check()
            time.sleep(POLL_S)
        raise LavaError("a Lava process", "a finished step", "an error without a report")

    def _await_ready(self) -> None:
        end = time.monotonic() + READY_S
        while self.infrastructure.faults.n_ready < len(self.infrastructure.actors):
            self.infrastructure.faults.wait(POLL_S)
            self.check()
            if time.monotonic() > end:
                found = f"{self.infrastructure.faults.n_ready} of {len(self.infrastructure.actors)}"
                raise LavaError("Lava processes", f"all ready within {READY_S:.0f} s", found)

    def _create_external_channels(self, proc: Any, proc_builder: Any) -> None:
        for name, initializer in proc_builder.py_ports.items():
            port = getattr(proc, name)
            if not port.external_pipe_flag:
                continue
            kind = (initializer.shape, initializer.d_type, port.external_pipe_buffer_size)
            channel = ForkChannel(self.infrastructure, name, name, *kind)
            if isinstance(port, InPort):
                proc_builder.set_csp_ports([channel.dst_port])
                port.external_pipe_csp_send_port = channel.src_port
                self._host_ports.append(channel.src_port)
            elif isinstance(port, OutPort):
                proc_builder.set_csp_ports([channel.src_port])
                port.external_pipe_csp_recv_port = channel.dst_port
                self._host_ports.append(channel.dst_port)

    def _start_ports(self) -> None:
        super()._start_ports()
        for port in self._host_ports:
            port.start()


def _end(code: int | None) -> str:
    if code is None or code >= 0:
        return f"one that ended with code {code}"
    return f"one killed by {signal.Signals(-code).name}"
