"""What is counted and what is not: stated once, printed by every report.

Why one file: two tools that both "count SynOps" were seen to differ by 4.6 times on one network.
"""

WEIGHT_BYTES_INTEGER = 1
WEIGHT_BYTES_FLOAT = 4
TABLE_BYTES = 4
STATE_BYTES = 4
MESSAGE_BYTES = 1
FLOAT_GRAPH = "float graph (torch float32)"
"""How a profile names the engine that runs the float graphs of a checkpoint."""
FLOAT_WEIGHTS_KEY = "float_weights"
"""The fact about a model that says its weights are floats, of four bytes each."""

CONVENTIONS: dict[str, str] = {
    "one synaptic operation": (
        "One weight applied to one message (spike). Zero padding receives nothing, so taps "
        "outside the map count nowhere except in dense_macs and rate_x_dense."
    ),
    "frames": (
        "Counts are int64 sums over the frames of a phase; `neurons` and `n_steps` are "
        "properties of a layer and are not summed. A frame of init or update is one run of the "
        "template graph."
    ),
    "dense_macs": "Multiply-accumulates of the layer as a dense one, zero padding included.",
    "macs_inside_borders": "The same without the taps that read padding (NeuroBench's Dense).",
    "inputs, outputs": (
        "Values that a connection reads and writes, zero or not; rows of other kinds fill "
        "outputs only."
    ),
    "events": (
        "Non-zero spikes that arrive at a connection: one graded message each. A spike that "
        "feeds three connections is listed in three rows; the spikes a neuron layer sends, each "
        "once, are its memory.messages."
    ),
    "unary_spikes": (
        "Sum of the integer spikes s that arrive: an unrolled spike s is s binary spikes. Of "
        "signed graded spikes (delta encoders, rectifiers) the magnitudes |s| are summed; the sign "
        "is free."
    ),
    "synops.graded": (
        "Events x non-zero weights reached: what Loihi 2's counter was seen to count, and "
        "NeuroBench's effective operations."
    ),
    "synops.unary": ("The same, a spike s counted s times (thermometer code, D binary sub-steps)."),
    "synops.all_weights": "synops.graded with zero weights counted as well.",
    "synops.unary_all_weights": "synops.unary with zero weights counted as well.",
    "synops.rate_x_dense": (
        "unary_spikes * dense_macs // inputs of the sums: the papers' firing rate x FLOPs. The "
        "rate is the mean integer 0..D, so D is inside already. It counts padding as if it had "
        "spikes."
    ),
    "effective_acs, effective_macs": (
        "synops.graded, as accumulates if the source's largest |spike| is 1, as MACs otherwise "
        "(then it is a multiplication). The largest is what a neuron can emit; of an input, and of "
        "a neuron without a bound (delta encoder, rectifier), the largest seen in all frames that "
        "are added up, whatever range is declared. NeuroBench decides batch by batch and step by "
        "step from the values seen, so that a step in which no spike exceeds 1 counts as "
        "accumulates there; it has no entry for pools, nor for products of two spike tensors, "
        "which are counted here by the same rule. For a convolution on real values: non-zero "
        "inputs x non-zero weights, as MACs; for a product of them: every pair."
    ),
    "sums and pools of spikes": (
        "A convolution that reads a sum of spikes receives each operand's events apart, as a chip "
        "does: two that fire at one place are two events, and each meets the weights, so that "
        "synops may exceed the dense count, which takes the sum for one value (as NeuroBench does "
        "throughout). What scales spikes or moves them on the way is looked through: the 1/D of a "
        "float graph, the rescale onto a stream of an integer graph, delays of each neuron. A pool "
        "that reads spikes is synapses of one weight, a SynOp for each spike. Its reader, as that "
        "of an upsampling, of a sum of more than 256 operands or of any other value that is no "
        "spike, has no events: cells that are not zero x non-zero weights are its MACs "
        "(effective_macs, as NeuroBench counts them), and those are priced; the dense figure "
        "stands beside them in dense_macs and macs_inside_borders."
    ),
    "true_macs": (
        "Real multiplications that no event formula covers: the convolution on RGB values "
        "(dense, inside the borders, no SynOps), any other layer that reads values which are "
        "not spikes (its effective_macs: cells that are zero send nothing), and the weighted sum "
        "of the channel gate."
    ),
    "memory_write (k^T v)": (
        "K-driven. all_weights: each event of k meets a row of d_v. graded: pairs in which k "
        "and v are both non-zero; unary: sum of s_k over the pairs with v non-zero."
    ),
    "memory_read (q M)": (
        "Q-driven. all_weights: each event of q meets a row of d_v. graded: events of q x "
        "non-zero entries of that row of M; unary: sum of s_q x those entries."
    ),
    "neuron": (
        "neuron_updates = T*C*H*W per frame, each D comparisons. For every step but the first "
        "also one rescale multiply (decay) and two membrane adds (reset, new input)."
    ),
    "neuron (CUBA-LIF, LIF, IF), readout (CUBA-LI, LI)": (
        "neuron_updates = T*C*H*W, refractory or not. For every step but the first and each of u "
        "and v that keeps something: one membrane add, and a rescale multiply if what it keeps is "
        "not a power of two; per update one add if there is a bias (drive); for every step but "
        "the first one add if the reset subtracts, fired or not. A refractory counter is read and "
        "written at every update. A readout sends no messages: its value is probed, or read as a "
        "real value."
    ),
    "recurrent": (
        "The recurrent weights of a neuron layer, in a row of its own named <layer>#recurrent: a "
        "dense connection of C x C weights that reads the layer's spikes one step late. The spikes "
        "of the last step are read by nobody; the empty step before the first counts in inputs, "
        "dense_macs and macs_inside_borders only. The neuron's own row holds its messages, each "
        "once."
    ),
    "sigma, rectifier, neuron (delta)": (
        "A sigma-delta neuron is up to three nodes; its update and its messages count once, at the "
        "delta encoder that sends. Sigma: one add per value and step but the first. Rectifier: one "
        "add where it has a bias; one that any connection reads itself is a neuron and sends. "
        "Delta: two adds per value and step but the first (difference, update of what is known)."
    ),
    "delays": (
        "A spike that a delay carries past the last step is sent but arrives nowhere: it is in the "
        "sender's messages and in no connection's events. Delaying and flattening cost nothing."
    ),
    "membrane_adds": (
        "Additions of streams: n-1 per residual add of n inputs, 1 per bias or table entry, "
        "f*f-1 per cell of a pool of values that are no spikes, 1 per interpolated value of an "
        "upsampling (rows, then columns), maxima, differences and sums of the gate's softmax. "
        "Additions inside a SynOp or MAC are not repeated."
    ),
    "rescale_multiplies": (
        "One per value and channel whose factor is not a power of two (a shift is free), 2 per "
        "interpolated value of an upsampling; divisions, exponentials and table look-ups of the "
        "gate."
    ),
    "host_flops": (
        "Float operations on the logits, outside the network: 4 per grid cell and tracked frame, "
        "the sigmoids of score and size (3) and the product with the Hann window (1)."
    ),
    "memory": (
        "No reuse in registers or caches. A SynOp (or true MAC) reads one weight, reads and "
        "writes one accumulator; an entry of M is state, not a weight. Bytes: int8 weight 1 "
        "whatever its bits, float weight 4, table entry 4, state (24 bits in a word) 4, graded "
        "spike or pixel 1, graded spike of more than 8 bits (delta encoders, rectifiers, wide "
        "inputs) 4. A neuron update reads its membrane, and writes it if a later step needs it."
    ),
    "messages": (
        "Non-zero spikes a neuron layer sends, each once however many layers it reaches; "
        "unary_messages is their sum. An image sends every pixel."
    ),
}

NOT_COUNTED: tuple[str, ...] = (
    "copies to several cores, hops and routing: they depend on the placement (hardware)",
    "host: crop and resize of the camera frame (OpenCV)",
    "host: argmax of the windowed score, box decoding, template queue",
    "address computation, synapse decoding, barriers and control",
    "reads of per-channel parameters (multipliers, thresholds, decay, biases of convolutions)",
    "shifts by powers of two, and rounding, saturation and width checks",
    "moving values between steps and layouts (repeat, select, stack, delay, flatten, positions to "
    "channels), and the buffers that delayed spikes wait in",
    "periodic resets, and the choice of who is refractory and who is reset",
    "loading the model and clearing accumulators and states between frames",
    "carrying the memories from the template graph to the search graph",
)


def describe() -> str:
    """Returns all conventions and omissions as plain text, one per line."""
    lines = [f"{term}: {text}" for term, text in CONVENTIONS.items()]
    return "\n".join([*lines, "Not counted:", *(f"- {item}" for item in NOT_COUNTED)])
