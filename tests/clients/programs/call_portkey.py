"""portkey-ai: one call with the credentials of the case; prints the embeddings that the caller gets, as JSON."""

import json
import sys

from portkey_ai import Portkey

ARGUMENTS = {
    "Portkey-Key": "api_key",
    "Virtual-Key": "virtual_key",
    "Provider-Auth": "Authorization",
    "Provider-Name": "provider",
    "Config": "config",
    "Custom-Host": "custom_host",
}
case = json.loads(sys.argv[1])
credentials = {ARGUMENTS[name]: value for name, value in case["credentials"].items()}
client = Portkey(base_url=case["base_url"], **credentials)
response = client.embeddings.create(model=case["model"], input=case["input"], **case["options"])
print(json.dumps([item.embedding for item in response.data]))
