# Starts server.py on 127.0.0.1:$PORT. The folder $INSTALLED has the packages (see README.md).
set -eu
cd "$(dirname "$0")"
: "${PORT:=8000}" "${INSTALLED:=$PWD}"
exec "$INSTALLED/venv/bin/python" server.py "$PORT"
