"""Where the person stays and what threatens: placements, incidents, protection measures."""
