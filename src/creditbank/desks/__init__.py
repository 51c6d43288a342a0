"""The desks (窗口) of a bank: what callers ask for, family by family, over one ledger."""
