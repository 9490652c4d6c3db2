FROM python:3.13-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE constraints.txt ./
COPY conformance conformance
COPY spec spec
# The build context has no tags: docker build --build-arg VERSION=X.Y.Z
ARG VERSION=
RUN SETUPTOOLS_SCM_PRETEND_VERSION=$VERSION PIP_CONSTRAINT=/source/constraints.txt pip wheel --no-cache-dir --wheel-dir /wheels .

FROM python:3.13-slim
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links=/wheels /wheels/embeddings_conformance-*.whl \
    && useradd --system --uid 10001 --create-home conformance
USER 10001
WORKDIR /home/conformance
EXPOSE 8787
# Whatever the server of the default command answers, it is well: a request of a client would need credentials.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8787, timeout=2); c.request('GET', '/'); c.getresponse()"]
ENTRYPOINT ["embeddings-conformance"]
CMD ["serve", "--host", "0.0.0.0"]
