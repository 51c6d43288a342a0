"""The event log: its port, its adapters, and the Merkle tree kept beside the events."""
