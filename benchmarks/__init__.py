"""Programs that measure the service beside the limit that PostgreSQL itself sets. Not part of what is installed."""
