"""Nobody reads what they may not: every answer of a whole walk compared with the published policy, both ways."""
