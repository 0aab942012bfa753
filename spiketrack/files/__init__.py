"""How this project touches a disk: one atomic writer, bounded readers, suffixes, output folders."""
