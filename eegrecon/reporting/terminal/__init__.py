"""What commands print: results, audits and dry runs, within 80 columns (`narrow`) or with everything (`wide`)."""
