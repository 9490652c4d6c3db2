// portkey-ai: one call with the credentials of the case; prints the embeddings that the caller gets, as JSON.
import { Portkey } from "portkey-ai";

const ARGUMENTS = {
  "Portkey-Key": "apiKey",
  "Virtual-Key": "virtualKey",
  "Provider-Auth": "Authorization",
  "Provider-Name": "provider",
  Config: "config",
  "Custom-Host": "customHost",
};
const { base_url: baseURL, credentials, model, input, options } = JSON.parse(process.argv[2]);
// Unlike the Python SDK, it does not add a scheme to the value.
if ("Provider-Auth" in credentials) credentials["Provider-Auth"] = `Bearer ${credentials["Provider-Auth"]}`;
const named = Object.entries(credentials).map(([name, value]) => [ARGUMENTS[name], value]);
const client = new Portkey({ baseURL, ...Object.fromEntries(named) });
const response = await client.embeddings.create({ model, input, ...options });
console.log(JSON.stringify(response.data.map((item) => item.embedding)));
