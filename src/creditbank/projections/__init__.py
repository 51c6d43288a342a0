"""Projections: tables that replay the log, kept in its transactions and rebuildable from nothing."""
