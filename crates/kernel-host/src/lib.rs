//! The effects: files, processes, network, archives, environment, clock, locks, the jobserver.
