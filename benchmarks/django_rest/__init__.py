"""The same work as W1, W2, R1 and R2 as a Django team would write it: the yardstick of the report (see README.md)."""
