"""What results are worth: scores, intervals and tests, aggregation over subjects and seeds, audits, the ledger."""
