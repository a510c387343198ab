"""Figures beside a limit measured in the same run, on the same machine. Nothing here is asserted: `make bench` prints."""
