"""Django's settings, in code: a simulator needs no settings file and no project around it."""

from pathlib import Path
from typing import Any

import django
from django.conf import settings

_MIDDLEWARE = [
    "provisioner.simulator.middleware.log_requests",
    "provisioner.simulator.fault_middleware.inject_faults",
    "provisioner.simulator.middleware.choose_language",
    "django.middleware.common.CommonMiddleware",
    "provisioner.simulator.middleware.RoutesAndWrites",
]

_REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["provisioner.simulator.access.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["provisioner.simulator.access.MayUseKind"],
    "DEFAULT_THROTTLE_CLASSES": ["provisioner.simulator.access.PerSecond"],
    "DEFAULT_PAGINATION_CLASS": "provisioner.simulator.paging.AlicePagination",
    "DEFAULT_FILTER_BACKENDS": ["provisioner.simulator.filters.DocumentedFilters"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "EXCEPTION_HANDLER": "provisioner.simulator.views.base.answer_to_error",
    "UNAUTHENTICATED_USER": None,
    "PAGE_SIZE": 10,
}

_LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"crashes": {"()": "provisioner.simulator.django_settings.OnlyCrashes"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "filters": ["crashes"]}},
    "loggers": {"django": {"handlers": ["stderr"], "level": "ERROR", "propagate": False}},
}


class OnlyCrashes:
    """Lets through what has a traceback: an error of the simulator itself, not an answer that was asked for."""

    def filter(self, record: Any) -> bool:
        return bool(record.exc_info)


def configure(database: Path) -> None:
    """Set Django up for this process."""
    settings.configure(
        ALLOWED_HOSTS=["*"],
        APPEND_SLASH=True,
        DATABASES={"default": _database(database)},
        DATA_UPLOAD_MAX_MEMORY_SIZE=None,
        DEBUG=False,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=["rest_framework", "django_filters", "provisioner.simulator"],
        LOGGING=_LOGGING,
        MIDDLEWARE=_MIDDLEWARE,
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        REST_FRAMEWORK=_REST_FRAMEWORK,
        ROOT_URLCONF="provisioner.simulator.urls",
        SECRET_KEY="a simulator has no secrets",
        TEMPLATES=[],
        TIME_ZONE="UTC",
        USE_I18N=True,
        USE_TZ=True,
    )
    django.setup()


def _database(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536",
            "timeout": 30,
            "transaction_mode": "IMMEDIATE",
        },
    }
