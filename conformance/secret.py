"""Header values that must never be shown."""

from __future__ import annotations


class Secret(str):
    """A header's value that is sent as it is and shown as a shell variable.

    ``shown`` is what reports and curl lines hold in its place: ``$PORTKEY_KEY``, or, for a value that was made from a
    credential, an expansion that makes it again in bash: ``${PORTKEY_KEY%?}``.
    """

    shown: str
    variable: str

    def __new__(cls, value: str, variable: str = "", shown: str = "") -> Secret:
        """A secret *value* that came from, or is shown as, the shell variable *variable*."""
        secret = super().__new__(cls, value)
        secret.variable = variable
        secret.shown = shown or (f"${variable}" if variable else value)
        return secret

    def __repr__(self) -> str:
        return f"<{self.shown}>"

    def without_last_character(self) -> Secret:
        """The value without its last character."""
        return self._made(self[:-1], "%?")

    def without_first_character(self) -> Secret:
        """The value without its first character."""
        return self._made(self[1:], "#?")

    def with_character_appended(self) -> Secret:
        """The value with one more character."""
        return Secret(f"{self}x", self.variable, f"${{{self.variable}}}x")

    def with_case_changed(self) -> Secret:
        """The value with uppercase and lowercase letters swapped."""
        return self._made(self.swapcase(), "~~")

    def behind(self, prefix: str) -> Secret:
        """The value behind *prefix*, the name of an authentication scheme."""
        return Secret(f"{prefix}{self}".rstrip(), self.variable, f"{prefix}{self.shown}".rstrip())

    def without(self, prefix: str) -> Secret:
        """The value without *prefix*, in whatever case that is written, and without surrounding whitespace."""
        bare = str(self).strip(" \t")
        if prefix and bare.lower().startswith(prefix.lower()):
            shown = f"${{{self.variable}#{bare[: len(prefix)]}}}" if self.shown == f"${self.variable}" else ""
            return Secret(bare[len(prefix) :].strip(" \t"), self.variable, shown)
        return Secret(bare, self.variable)

    def _made(self, value: str, expansion: str) -> Secret:
        return Secret(value, self.variable, f"${{{self.variable}{expansion}}}")
