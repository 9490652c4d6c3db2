"""LangChain's OpenAIEmbeddings: documents, or a query; prints the embeddings that the caller gets, as JSON."""

import json
import sys

from langchain_openai import OpenAIEmbeddings

case = json.loads(sys.argv[1])
embeddings = OpenAIEmbeddings(
    model=case["model"], base_url=case["base_url"], api_key=case["credentials"]["Bearer"], **case["options"]
)
if isinstance(case["input"], str):
    print(json.dumps([embeddings.embed_query(case["input"])]))
else:
    print(json.dumps(embeddings.embed_documents(case["input"])))
