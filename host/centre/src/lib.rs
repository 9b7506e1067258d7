//! Settlement centre: a sandbox on SQLite, with faults on demand.
