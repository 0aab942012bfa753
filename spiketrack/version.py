"""The version of this package, apart from the package itself so that every floor may name it."""

VERSION = "0.1.0"
