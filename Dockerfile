# syntax=docker/dockerfile:1
# docker build -t mockserver .
# docker run --rm -p 4010:4010 -v "$PWD:/project:ro" mockserver serve api.yaml --host 0.0.0.0

FROM python:3.12-slim AS build
WORKDIR /build
COPY pyproject.toml README.md LICENSE requirements.txt ./
COPY mockserver ./mockserver
COPY openapi ./openapi
COPY fixtures ./fixtures
# The versions that the tests have seen; what only development needs stays out.
RUN python -m venv /opt/mockserver \
 && /opt/mockserver/bin/pip install --no-cache-dir --disable-pip-version-check --constraint requirements.txt .

FROM python:3.12-slim
LABEL org.opencontainers.image.title="mockserver" \
      org.opencontainers.image.description="Stateful, deterministic mocks and contract tests from an OpenAPI document" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/mockserver /opt/mockserver
ENV PATH=/opt/mockserver/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin mockserver
USER mockserver
# Documents, plans and fixtures are mounted here; reports are written here.
WORKDIR /project
EXPOSE 4010
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:4010/__mock__/health', timeout=2)"]
ENTRYPOINT ["mockserver"]
CMD ["serve", "--host", "0.0.0.0"]
