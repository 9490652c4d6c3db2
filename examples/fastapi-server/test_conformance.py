"""Test that the server conforms to the contract."""

from server import create_app

TOKEN = "not-a-real-token"


def test_the_server_conforms(embeddings_conformance):
    """Run the whole suite in-process."""
    embeddings_conformance(
        create_app(TOKEN),
        headers={"Authorization": f"Bearer {TOKEN}"},
        profile="openai",
        model="tiny-embedder",
    )
