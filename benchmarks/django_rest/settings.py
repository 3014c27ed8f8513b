"""Settings of the Django service. Its tables are the migrations' own, its address and its keys are the stage's."""

import os
from pathlib import Path
from urllib.parse import urlsplit

_database = urlsplit(os.environ["DATABASE_URL"])

KEYS = Path(os.environ["REFERRAL_DATA"]) / "keys"
ISSUER = os.environ["REFERRAL_PUBLIC_URL"]
AUDIENCE = "urn:referral:api"

SECRET_KEY = (KEYS / "wire.key").read_bytes().hex()
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False

INSTALLED_APPS = ["django.contrib.postgres", "rest_framework", "benchmarks.django_rest"]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"]
ROOT_URLCONF = "benchmarks.django_rest.urls"
APPEND_SLASH = False

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _database.path.strip("/"),
        "USER": _database.username,
        "PASSWORD": _database.password,
        "HOST": _database.hostname,
        "PORT": _database.port,
        "CONN_MAX_AGE": None,  # a connection stays with its thread, as in any service that is asked often
        "ATOMIC_REQUESTS": True,
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["benchmarks.django_rest.authentication.BearerToken"],
    "DEFAULT_PERMISSION_CLASSES": ["benchmarks.django_rest.authentication.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "UNAUTHENTICATED_USER": None,
}
