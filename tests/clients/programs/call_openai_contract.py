"""openai: several calls with one client; prints for each the embeddings that its caller gets, or the error."""

import json
import sys

from openai import OpenAI, OpenAIError

case = json.loads(sys.argv[1])
results = []
for server in case["servers"]:
    client = OpenAI(
        base_url=server["base_url"],
        api_key=case["api_key"],
        default_headers=case["headers"],
        default_query=case["query"],
        max_retries=0,
    )
    for options in case["calls"]:
        try:
            response = client.embeddings.create(model=case["model"], input=case["input"], **options)
            results.append([item.embedding for item in response.data])
        except (OpenAIError, ValueError, TypeError) as error:
            results.append(f"{type(error).__name__}: {error}"[:300])
print(json.dumps(results))
