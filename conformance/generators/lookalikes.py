"""Texts that look like data, code or attacks. A server must not parse them: each is a text like any other."""

from __future__ import annotations

from collections.abc import Mapping

IDS = (104, 111, 117, 115, 101)
"""Token ids that every vocabulary has."""

LISTS: Mapping[str, str] = {
    "Python": str(list(IDS)),
    "JavaScript": ",".join(map(str, IDS)),
    "JSON": f"[{','.join(map(str, IDS))}]",
    "Go": f"[{' '.join(map(str, IDS))}]",
    "words": " ".join(map(str, IDS)),
    "sentence": ", ".join(map(str, IDS)),
}
"""The ids as text: in the notation of lists of several languages, and joined."""

PARSED: Mapping[str, tuple[str, ...]] = {
    '["violin", "harvest"]': ("violin", "harvest"),
    '{"input": "lantern"}': ("lantern",),
    "null": ("None",),
    "true": ("1",),
    "1e3": ("1000", "1000.0"),
    "meadow%20anchor": ("meadow anchor",),
    "comet &lt;b&gt; saddle": ("comet <b> saddle", "comet saddle"),
    "\\u0070epper": ("pepper",),
    "{{7*7}}": ("49",),
    "$(echo copper)": ("copper",),
    "x'; DROP TABLE embeddings; --": (),
    "<script>alert(1)</script>": ("alert(1)",),
    "../../../../etc/passwd": (),
    "https://example.com/maple": (),
    "data:text/plain,walnut": ("walnut",),
    "write to anna@maple.example": (),
    "write to oscar@river.example": (),
    "call 555 0134 today": (),
    "call 555 0178 today": (),
    "the card 4111 1111 1111 1111": (),
    "the card 4242 4242 4242 4242": (),
}
"""Each text with the texts that a server gets from it by parsing, decoding or evaluating it.

They differ in words and numbers, because a model may ignore punctuation. Addresses, telephone numbers and cards are in
pairs: a filter for logs that also changes the input makes them equal.
"""

TEXTS = (*PARSED, *LISTS.values())
