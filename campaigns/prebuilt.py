"""The application as API workers serve it, built once by the server that they are forked from; None anywhere else."""

import os

import app.main  # noqa: F401 - for those that build another one
from app.cli.serve import application

APPLICATION = application() if "DATABASE_URL" in os.environ else None
