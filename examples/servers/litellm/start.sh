# Starts the proxy on 127.0.0.1:$PORT in front of $UPSTREAM. The folder $INSTALLED has the packages (see README.md).
set -eu
cd "$(dirname "$0")"
: "${PORT:=4000}" "${INSTALLED:=$PWD}" "${LITELLM_MASTER_KEY:?the key for clients}"
: "${UPSTREAM:?base URL of an OpenAI-style server}" "${UPSTREAM_KEY:?the bearer token that it accepts}"
export LITELLM_MASTER_KEY UPSTREAM UPSTREAM_KEY
export LITELLM_LOCAL_MODEL_COST_MAP=True
exec "$INSTALLED/venv/bin/litellm" --config config.yaml --host 127.0.0.1 --port "$PORT" --telemetry False
