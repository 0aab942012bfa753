"""The commands of a tracker: on a video, from its first box."""
