# One image for every process of coinfrs; docker-compose.yml says which runs what.
FROM python:3.12-slim-bookworm

RUN pip install --no-cache-dir "uv>=0.9,<1" \
    && useradd --create-home --home-dir /var/lib/coinfrs --uid 10001 coinfrs

WORKDIR /opt/coinfrs
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PYTHON_DOWNLOADS=never \
    PATH=/opt/coinfrs/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    COINFRS_HOME=/var/lib/coinfrs \
    DAGSTER_HOME=/srv/dagster

# The packages first: they change less often than the code.
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --frozen --no-dev --no-install-project
COPY . .
# The project stays editable, so that migrations/ and dbt_project/ are found beside the packages.
# dbt parses its project once, here.
RUN uv sync --frozen --no-dev \
    && python -m coinfrs_pipelines.transform.dbt \
    && install --directory --owner coinfrs --mode 0755 /srv/dagster \
    && install --owner coinfrs --mode 0644 dagster.yaml /srv/dagster/ \
    && chown -R coinfrs: dbt_project

USER coinfrs
VOLUME /var/lib/coinfrs
