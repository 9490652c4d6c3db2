"""One contract, POST /embeddings, and everything that follows from it."""
