// openai: one call with the options of the case; prints the embeddings that the caller gets, as JSON.
import OpenAI from "openai";

const { base_url: baseURL, credentials, model, input, options } = JSON.parse(process.argv[2]);
const client = new OpenAI({ baseURL, apiKey: credentials.Bearer });
const response = await client.embeddings.create({ model, input, ...options });
console.log(JSON.stringify(response.data.map((item) => item.embedding)));
