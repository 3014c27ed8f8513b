"""`python -m app` is the command `referral`."""

from app.cli import referral

if __name__ == "__main__":  # worker processes import this module too
    referral()
