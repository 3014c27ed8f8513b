"""What is made from openapi/ by `./referral sdk`, and never edited by hand."""
