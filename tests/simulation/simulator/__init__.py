"""A simulated world around real banks: several writers, and clock, disk and process under its control.

A run is decided by its seed alone. It lets a few writers work at one bank file through the library as it is,
one operation after the other, and between and inside operations it lets things go wrong. An auditor that
shares no code with the library (:mod:`simulator.auditor`) says beforehand what each answer has to be.

What is simulated, and how:

- **Requests**: single events, batches, retries, requests that arrive twice or late, nonsense, wrong expectations.
- **Clock**: stands still until it is turned, and jumps forward and back.
- **Power cuts** between appends, before any statement of an append, in the middle of a statement (after so many
  instructions of SQLite's virtual machine), while a commit writes the write-ahead log, while a checkpoint writes
  the file, and when the last connection closes. What was written since the last sync survives sector by sector,
  or not, or by half (:mod:`simulator.disk`); everybody has to start again from what the disk then holds.
- **Failing disks**: a file that may not grow, and a write that fails half-way through a commit.
- **Processes** that end and come back, and that look at the bank in the middle of another one's append.

What is not simulated: SQLite itself is real, and so are the system calls below it. The disk is a model beside
the real files: what counts as synced follows from when SQLite syncs (a commit with ``synchronous = FULL``, and a
checkpoint), and is not observed at the system call. Sectors of 512 bytes are lost or kept each for itself; a disk
that corrupts what it has synced is a matter for ``verify``, not for this. Two writers never run at the same
instant: what they can do to each other inside an append is one operation there, and the rest is shown with real
processes in ``tests/durability``.
"""
