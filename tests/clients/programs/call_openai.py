"""openai: one call with the options of the case; prints the embeddings that the caller gets, as JSON."""

import json
import sys

from openai import OpenAI

case = json.loads(sys.argv[1])
client = OpenAI(base_url=case["base_url"], api_key=case["credentials"]["Bearer"])
response = client.embeddings.create(model=case["model"], input=case["input"], **case["options"])
print(json.dumps([item.embedding for item in response.data]))
