// ai-sdk with its OpenAI provider: embed or embedMany; prints the embeddings that the caller gets, as JSON.
import { createOpenAI } from "@ai-sdk/openai";
import { embed, embedMany } from "ai";

const { base_url: baseURL, credentials, model: name, input } = JSON.parse(process.argv[2]);
const model = createOpenAI({ baseURL, apiKey: credentials.Bearer }).embedding(name);
const embeddings = Array.isArray(input)
  ? (await embedMany({ model, values: input })).embeddings
  : [(await embed({ model, value: input })).embedding];
console.log(JSON.stringify(embeddings));
