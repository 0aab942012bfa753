"""The process of this folder, and its models."""
