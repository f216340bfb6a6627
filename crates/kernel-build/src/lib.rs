//! Gathers facts, executes a plan, verifies, stores.
