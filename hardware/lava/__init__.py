"""The integer graph as Lava processes, on the CPU or with Intel's extension on Loihi 2."""
