"""Figures beside a limit measured in the same run, on the same machine; printed by `make bench`, asserted nowhere."""
