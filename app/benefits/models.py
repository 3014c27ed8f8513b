"""The money of the law: applications with decisions, and disbursements planned and paid."""
