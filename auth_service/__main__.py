"""`python -m auth_service`: serve until told to stop; exit status 2 where a setting is refused."""

import sys

import psycopg
import uvicorn

from auth_service.main import create_app
from auth_service.settings import auth_settings
from coinfrs_pipelines.core import database
from coinfrs_pipelines.core.database import DatabaseError
from coinfrs_pipelines.core.postgres_launch import PostgresError
from coinfrs_pipelines.core.settings import SettingsError


def main() -> int:
    """Run the service and return the exit status."""
    try:
        settings = auth_settings()
        app = create_app(settings)
        database.require_newest()
    except (SettingsError, DatabaseError, PostgresError, psycopg.OperationalError) as error:
        print(error, file=sys.stderr)  # noqa: T201  # A command tells why it refuses.
        return 2
    uvicorn.run(
        app,
        host=settings.bind_address,
        port=settings.port,
        server_header=False,
        # What a client claims to be forwarded for buys it nothing; what a proxy of ours says of
        # its own client does, and only the last address it was told.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        access_log=False,
        log_config=None,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
