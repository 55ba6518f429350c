# alice-apply in a container: docs/recipes/tools.md. A wheel is built first, so that no sources and no compilers stay.

FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY provisioner provisioner
COPY schemas schemas
COPY examples examples
COPY docs docs
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.11-slim
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir /wheels/*.whl 'psycopg[binary]>=3.1.18' && rm -r /wheels
RUN useradd --uid 1000 --create-home alice && mkdir /project && chown alice:alice /project
USER alice
WORKDIR /project
ENTRYPOINT ["alice-apply"]
CMD ["--help"]
