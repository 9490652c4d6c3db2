"""HttpClient of .NET: one POST request as PostAsJsonAsync sends it. Arguments: URL, credential, body."""

import json
import os
import sys
import tempfile
from pathlib import Path

import dotnetcore2
from clr_loader import get_coreclr
from pythonnet import set_runtime

os.environ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1"
FRAMEWORK = "Microsoft.NETCore.App"
root = Path(dotnetcore2.__file__).parent / "bin"
version = next((root / "shared" / FRAMEWORK).iterdir()).name
settings = {"runtimeOptions": {"framework": {"name": FRAMEWORK, "version": version}}}
with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "runtimeconfig.json"
    file.write_text(json.dumps(settings), "utf-8")
    set_runtime(get_coreclr(runtime_config=str(file), dotnet_root=str(root)))

import clr  # noqa: E402 - it needs the runtime

clr.AddReference("System.Net.Http")
from System import Uri  # noqa: E402
from System.Net.Http import HttpClient, HttpMethod, HttpRequestMessage, StringContent  # noqa: E402
from System.Text import Encoding  # noqa: E402

url, credential, body = sys.argv[1:4]
request = HttpRequestMessage(HttpMethod.Post, Uri(url))
request.Headers.Add("Authorization", f"Bearer {credential}")
request.Headers.TransferEncodingChunked = True  # a JsonContent has no known length
request.Content = StringContent(body, Encoding.UTF8, "application/json")
response = HttpClient().SendAsync(request).Result
print(int(response.StatusCode))
