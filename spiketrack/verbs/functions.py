"""The verbs. Each takes files or what another verb returned, and one request object."""

import warnings
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from hardware.energy import ClaimFile, EnergyModel, read_model
from hardware.energy import audit as audit_counts
from hardware.energy.claims import find_all_claims
from spiketrack.counts import profile_from
from spiketrack.pipeline.file_conversion import DEFAULT_CONVERT, convert_file
from spiketrack.pipeline.listener import Listener
from spiketrack.pipeline.loaded import Loaded, load_file
from spiketrack.pipeline.mapping import MapRequest, map_model, read_mapping_of
from spiketrack.pipeline.network.open import ForeignOptions
from spiketrack.pipeline.network.profile import profile_run
from spiketrack.pipeline.network.run_file import open_run, run_opened
from spiketrack.pipeline.requests import (
    ConvertRequest,
    ProfileRequest,
    RunRequest,
    TrackRequest,
    VideoTarget,
)
from spiketrack.pipeline.sources import open_target, open_tracking_engine
from spiketrack.pipeline.tracker.open import open_profile
from spiketrack.pipeline.tracker.profile import profile_video
from spiketrack.pipeline.tracker.track import follow
from spiketrack.report import read_profile
from spiketrack.report.read import profile_in
from spiketrack.verbs.results import Audited, Converted, Mapped, Profiled, Simulated, Tracked

if TYPE_CHECKING:
    import torch
    from torch import nn

    from spiketrack.pipeline.modules import CountRequest

Array = NDArray[Any]
Network = str | Path | Loaded | Converted
"""A file, or what `load` or `convert` returned."""
Spikes = str | Path | Array | Mapping[str, Array]
"""A .npy, .npz or NIRData file, an array for the only input, or arrays by input name."""


def load(path: str | Path, foreign: ForeignOptions | None = None) -> Loaded:
    """Reads a file once, to be given to the other verbs.

    Args:
        path: a converted model (.stk), a NIR file (.nir), a netx file (.net), or a checkpoint of
            the tracker (.pth.tar, .pth, .pt, .safetensors). NIR and netx become integers here.
        foreign: what a NIR or netx file does not say itself: the step, the reset, the widths.

    Returns:
        The content, with the notes and warnings that `check` would print.

    Raises:
        StoreError, CheckpointError: the file cannot be read.
        ObstacleError: the file has nodes that have no meaning here; the error lists all of them.
        QuantisationError, OverflowBoundError: integers cannot stand for the network.

    Example:
        network = spiketrack.load("net.nir")
        spiketrack.simulate(network, "spikes.npy")
    """
    return load_file(Path(path), foreign or ForeignOptions())


def convert(source: str | Path, request: ConvertRequest = DEFAULT_CONVERT) -> Converted:
    """Makes an integer model of a trained network.

    Args:
        source: a checkpoint of the tracker, a NIR file or a netx file.
        request: the integer widths in bits, what the file does not say itself, and the frames or
            spikes on which the cost of rounding is measured.

    Returns:
        The model, to save or to give to the other verbs.

    Raises:
        StoreError, CheckpointError: the file cannot be read.
        ObstacleError: the file has nodes that have no meaning here; the error lists all of them.
        QuantisationError, OverflowBoundError: integers cannot stand for the network.
        VideoError, BoxError: the frames to measure on cannot be read.

    Example:
        spiketrack.convert("net.nir").save("net.stk")
    """
    path = Path(source)
    return Converted(convert_file(path, request, _listener()), path)


def simulate(network: Network, spikes: Spikes, request: RunRequest | None = None) -> Simulated:
    """Runs any network on spikes and counts every synaptic operation.

    Args:
        network: a .stk, .nir or .net file, or what `load` or `convert` returned.
        spikes: whole numbers with the axes (T, B, C, H, W): T steps, B samples, C channels on an
            H x W grid; or (T, C, H, W) for one sample; if at most one of C, H, W exceeds 1, also
            (T, B, N) and (T, N).
        request: the backend, what to keep, and how a foreign file is read. The default runs the
            fast engine and keeps the outputs.

    Returns:
        Outputs as integers and real numbers, (T, B, C, H, W), kept values, counts and alarms.

    Raises:
        StoreError: a file cannot be read, or the spikes do not fit the inputs.
        GraphError: no such graph, or no such node to keep.
        OverflowBoundError: a value leaves its width, or an input its range.
        BackendUnavailable: the backend is not there, or cannot do what was asked.

    Example:
        run = spiketrack.simulate("net.nir", spikes, spiketrack.RunRequest(backend="reference"))
        run.outputs["output"].sum(axis=0)
    """
    request = request or RunRequest()
    opened = open_run(_file(network), _spikes(spikes), request)
    return Simulated(opened, run_opened(opened, request), opened.provenance(()))


def track(model: Network, target: VideoTarget, request: TrackRequest | None = None) -> Tracked:
    """Follows a target through a video.

    Args:
        model: a converted tracker, or a checkpoint if `request.engine.is_float`.
        target: the video, and the box around the target in its first frame, in pixels.
        request: the engine, how many frames, when templates are renewed, and a video to write.

    Returns:
        A box in pixels and a confidence from 0 to 1 for every frame after the first.

    Raises:
        StoreError, CheckpointError: the model cannot be read, or is no tracker.
        VideoError, BoxError: the video cannot be read, or the box lies outside the frame.
        BackendUnavailable: the backend is not there, or runs no trackers.

    Example:
        target = spiketrack.VideoTarget("video.mp4", "877,464,40,74")
        spiketrack.track("model.stk", target).boxes
    """
    request = request or TrackRequest()
    source, box = open_target(target)
    with open_tracking_engine(_file(model), request.engine) as opened:
        return Tracked(follow(opened, source, box, request))


def profile(
    network: Network,
    what: VideoTarget | Spikes,
    request: ProfileRequest | RunRequest | None = None,
) -> Profiled:
    """Counts every event of a tracker on a video, or of any network on spikes.

    Args:
        network: a file, or what `load` or `convert` returned.
        what: a `VideoTarget` for a tracker; spikes, as `simulate` takes them, for any network.
        request: a `ProfileRequest` for a video, a `RunRequest` for spikes.

    Returns:
        Counts by phase and layer, summed over frames or samples, with alarms and speed.

    Raises:
        TypeError: a request of the other kind.
        The errors of `track` and `simulate`.

    Example:
        profiled = spiketrack.profile("net.nir", "spikes.npy")
        spiketrack.audit(profiled)
    """
    if isinstance(what, VideoTarget):
        return _profile_tracker(network, what, _of_type(request, ProfileRequest))
    run_request = _of_type(request, RunRequest)
    opened = open_run(_file(network), _spikes(what), run_request)
    document = profile_run(opened, run_request, provenance=opened.provenance(()))
    return Profiled(profile_from(document))


def map(
    network: Network,
    request: MapRequest | None = None,
    profiled: Profiled | str | Path | None = None,
) -> Mapped:
    """Cuts a network into tiles, places them on the cores of a board and routes the messages.

    Args:
        network: a file, or what `load` or `convert` returned.
        request: the chip, the board, which graph, and how long to search for a placement.
        profiled: counted spikes, from `profile`, a profile.json or its folder; None assumes rates.

    Returns:
        Which tile is on which core, and messages, time and memory of every core.

    Raises:
        CapacityError: the network does not fit; the error names the resource that binds.
        TargetError: no such chip or board.
        PairError: the profile is of another model.
        MappingError: the profile lacks a layer of the graph.

    Example:
        spiketrack.map("net.nir", spiketrack.MapRequest(target="loihi2"))
    """
    counted = None if profiled is None else read_profiled(profiled)
    return map_with(_file(network), request or MapRequest(), counted, _listener())


def map_with(
    network: Path | Loaded, request: MapRequest, profiled: Profiled | None, listener: Listener
) -> Mapped:
    """As `map`, with somebody who listens."""
    counted = None if profiled is None else profiled.kept
    result = map_model(network, request, counted, listener)
    return Mapped(result.layout, result.record)


def count(
    module: "nn.Module",
    inputs: "torch.Tensor | Sequence[torch.Tensor]",
    steps: int | None = None,
    request: "CountRequest | None" = None,
) -> Profiled:
    """Counts what any PyTorch module does with spikes, without a NIR file of it.

    Hooks say which part of the module runs, and every convolution, matrix product and 2D average
    pool below them is seen, functional calls and `einsum` included. Spikes are recognised by their
    values: whole numbers of one step, up to `Levels.max_spike` of them. A layer that reads other
    values counts multiply-accumulates. What was seen and not counted is listed in the result.

    Args:
        module: any module that runs eagerly on the CPU. It is run in evaluation mode, and its
            stateful parts start afresh.
        inputs: the input, (B, ...), or the inputs of a module that takes several; a frame of the
            profile is one of the B samples.
        steps: calls of the module for each sample, each with the same input; None calls it once.
        request: everything else: time first, what is taken for spikes, the name in reports.

    Returns:
        Counts that `audit` and every report take, as of any other network.

    Raises:
        ModuleError: the module is scripted or compiled, lies on another device, does nothing that
            is counted, or the input does not fit.

    Example:
        spiketrack.count(net, images, steps=4).save("out")
    """
    from spiketrack.pipeline.modules import CountRequest, count_profile

    asked = _of_type(request, CountRequest)
    if steps is not None:
        asked = replace(asked, how=replace(asked.how, steps=steps))
    return Profiled(profile_from(count_profile(module, inputs, asked)))


def audit(
    profiled: Profiled | str | Path,
    mapping: str | Path | None = None,
    claims: Sequence[str | Path] = (),
    models: Sequence[EnergyModel | str | Path] = (),
) -> Audited:
    """Puts the papers' energy formula beside exact counts at published prices.

    Args:
        profiled: what `profile` returned, a profile.json or its folder.
        mapping: a mapping.json that was made with this profile, or its folder: it prices hops and
            static power. None leaves both out.
        claims: files of claims (.toml), or names of papers that come with the program.
        models: price lists of your own, or their .toml files, to be applied beside those of the
            project.

    Returns:
        Energies in pJ per frame or sample, each with its model, scope and sources.

    Raises:
        ReportError: the profile, a price list or a file of claims cannot be read, or the profile
            has no phase that figures are given for.
        MappingError, PairError: the mapping was made with other spikes.

    Example:
        spiketrack.audit("out").save("out")
    """
    place = None if mapping is None else Path(mapping)
    given = find_all_claims([str(name) for name in claims])
    return audit_with(read_profiled(profiled), place, _listener(), given, models)


def audit_with(
    profiled: Profiled,
    mapping: Path | None,
    listener: Listener,
    claims: Sequence[ClaimFile] = (),
    models: Sequence[EnergyModel | str | Path] = (),
) -> Audited:
    """As `audit`, with somebody who listens."""
    own = tuple(one if isinstance(one, EnergyModel) else read_model(one) for one in models)
    placed = None
    if mapping is not None:
        placed = read_mapping_of(mapping, profiled.kept, listener.warn)
    return Audited(audit_counts(profiled.counted, placed, claims, own), profiled, placed)


def _profile_tracker(network: Network, target: VideoTarget, request: ProfileRequest) -> Profiled:
    with ExitStack() as stack:
        _, job = stack.enter_context(open_profile(_file(network), target, request, _listener()))
        return Profiled(profile_from(profile_video(job, _listener())))


def _of_type(request: object, kind: type[Any]) -> Any:
    """The request, or a default one.

    Raises:
        TypeError: a request of another kind.
    """
    if request is None:
        return kind()
    if not isinstance(request, kind):
        raise TypeError(f"request: needed a {kind.__name__}, found a {type(request).__name__}")
    return request


def _file(network: Network) -> Path | Loaded:
    if isinstance(network, Converted):
        return network.loaded
    return network if isinstance(network, Loaded) else Path(network)


def _spikes(spikes: Spikes) -> Path | Array | Mapping[str, Array]:
    return Path(spikes) if isinstance(spikes, str) else spikes


def read_profiled(profiled: Profiled | str | Path) -> Profiled:
    """A profile as it is, or read from a profile.json or the folder that holds it.

    Raises:
        ReportError: it cannot be read, or is no profile.
    """
    if isinstance(profiled, Profiled):
        return profiled
    path = profile_in(Path(profiled))
    return Profiled(read_profile(path), path)


def _listener() -> Listener:
    return Listener(warn=_warn)


def _warn(text: str) -> None:
    warnings.warn(text, UserWarning, stacklevel=2)
