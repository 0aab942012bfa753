"""Networks and trackers on Lava, with the values that a counter needs."""
