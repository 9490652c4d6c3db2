"""requests: one POST request. Arguments: URL, credential, body."""

import json
import sys

import requests

url, credential, body = sys.argv[1:4]
headers = {"Authorization": f"Bearer {credential}"}
response = requests.post(url, json=json.loads(body), headers=headers, timeout=60)
print(response.status_code)
