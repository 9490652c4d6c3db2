# Starts the gateway on 127.0.0.1:$PORT. The folder $INSTALLED has the packages (see README.md). loopback.cjs redirects calls
# to a provider's public host to $UPSTREAM.
set -eu
cd "$(dirname "$0")"
: "${PORT:=8787}" "${INSTALLED:=$PWD}" "${UPSTREAM:?base URL of the server that replaces every provider}"
upstream=${UPSTREAM#http://}
export GATEWAY_UPSTREAM="${upstream%%/*}"
export GATEWAY_ESCAPES_LOG="${LOOPBACK_ESCAPES_LOG:-$INSTALLED/escapes.log}"
export GATEWAY_REDIRECTED_LOG="${GATEWAY_REDIRECTED_LOG:-$INSTALLED/redirected.jsonl}"
export NODE_ENV=production
exec node --require "$PWD/loopback.cjs" "$INSTALLED/node_modules/@portkey-ai/gateway/build/start-server.js" \
  --port="$PORT" --headless
