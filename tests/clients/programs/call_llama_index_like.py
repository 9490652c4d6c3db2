"""LlamaIndex's OpenAILikeEmbedding: texts, or a query; prints the embeddings that the caller gets, as JSON."""

import json
import sys

from llama_index.embeddings.openai_like import OpenAILikeEmbedding

case = json.loads(sys.argv[1])
embedding = OpenAILikeEmbedding(
    model_name=case["model"],
    api_base=case["base_url"],
    api_key=case["credentials"]["Bearer"],
    **case["options"],
)
if isinstance(case["input"], str):
    print(json.dumps([embedding.get_query_embedding(case["input"])]))
else:
    print(json.dumps(embedding.get_text_embedding_batch(case["input"])))
