# Starts server.py on 127.0.0.1:$PORT, with what README.md installs in the folder $INSTALLED.
set -eu
cd "$(dirname "$0")"
: "${PORT:=8000}" "${INSTALLED:=$PWD}"
exec "$INSTALLED/venv/bin/python" server.py "$PORT"
