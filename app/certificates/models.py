"""Papers that say who is a victim and who came home: issued, corrected, re-issued, revoked."""
