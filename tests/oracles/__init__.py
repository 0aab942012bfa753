"""Tools by others as judges of our own figures."""
