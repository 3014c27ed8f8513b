"""What the operator's commands do to keys and to all that is held of one person; each leaves its audit entry."""
