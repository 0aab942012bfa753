"""Evidence: scripts that measure what the conversion claims, on every variant."""
