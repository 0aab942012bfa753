"""The tiny models, for every test of this folder."""

from tests.tiny_models import t1, t3

__all__ = ["t1", "t3"]
