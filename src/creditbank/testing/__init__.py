"""What other projects can test with: contracts for adapters, and made-up populations."""
