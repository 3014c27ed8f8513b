"""The command `referral`: everything an operator does, each command in a file of its own."""
