"""What is made from openapi/ by `./referral openapi`, and never edited by hand."""
