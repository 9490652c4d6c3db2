"""Is this server what clients of OpenAI's embeddings take it for?"""

from pathlib import Path

from server import create_app

TOKEN = "not-a-real-token"


def test_the_server_conforms(embeddings_conformance):
    """The whole suite, in-process; a failure explains itself."""
    embeddings_conformance(
        create_app(TOKEN),
        headers={"Authorization": f"Bearer {TOKEN}"},
        profile=Path(__file__).with_name("bearer.yaml"),
        model="tiny-embedder",
    )
