"""litellm's SDK: one call with the options of the case; prints the embeddings that the caller gets, as JSON."""

import json
import sys

import litellm

case = json.loads(sys.argv[1])
litellm.telemetry = False
response = litellm.embedding(
    model=f"openai/{case['model']}",
    api_base=case["base_url"],
    api_key=case["credentials"]["Bearer"],
    input=case["input"],
    **case["options"],
)
print(json.dumps([item["embedding"] for item in response.data]))
