"""Use cases: permission first, then a pure decision, then one transaction with its event."""
