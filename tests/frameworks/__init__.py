"""Other frameworks export small networks as NIR and run them; ours must give the same spikes."""
