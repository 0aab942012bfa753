"""The commands of any spiking network: on given spikes."""
