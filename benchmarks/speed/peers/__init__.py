"""Peers: recbench's methods against other implementations, on the same people and the same network."""
