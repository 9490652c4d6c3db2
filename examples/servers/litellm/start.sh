# Starts the proxy on 127.0.0.1:$PORT in front of $UPSTREAM, with what README.md installs in the folder $INSTALLED.
set -eu
cd "$(dirname "$0")"
: "${PORT:=4000}" "${INSTALLED:=$PWD}" "${LITELLM_MASTER_KEY:?the key that clients have to send}"
: "${UPSTREAM:?base URL of an OpenAI-style server}" "${UPSTREAM_KEY:?the bearer token that it accepts}"
export LITELLM_MASTER_KEY UPSTREAM UPSTREAM_KEY
export LITELLM_LOCAL_MODEL_COST_MAP=True
exec "$INSTALLED/venv/bin/litellm" --config config.yaml --host 127.0.0.1 --port "$PORT" --telemetry False
