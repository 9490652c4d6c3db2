// ai-sdk with its provider for OpenAI-compatible servers: embedMany; prints the embeddings that the caller gets, as JSON.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { embedMany } from "ai";

const { base_url: baseURL, credentials, model: name, input } = JSON.parse(process.argv[2]);
const provider = createOpenAICompatible({ name: "compatible", baseURL, apiKey: credentials.Bearer });
const { embeddings } = await embedMany({ model: provider.embeddingModel(name), values: input });
console.log(JSON.stringify(embeddings));
