"""Header values that must not appear in any output."""

from __future__ import annotations


class Secret(str):
    """A header's value that is sent as it is, and shown as a shell variable.

    ``shown`` replaces the value in reports and curl commands. It is ``$PORTKEY_KEY``, or, for a value that was derived
    from a credential, the bash expansion that derives it: ``${PORTKEY_KEY%?}``.
    """

    shown: str
    variable: str

    def __new__(cls, value: str, variable: str = "", shown: str = "") -> Secret:
        """The secret *value*, which is read from, or shown as, the shell variable *variable*."""
        secret = super().__new__(cls, value)
        secret.variable = variable
        secret.shown = shown or (f"${variable}" if variable else value)
        return secret

    def __repr__(self) -> str:
        return f"<{self.shown}>"

    def without_last_character(self) -> Secret:
        """The value without its last character."""
        return self._derived(self[:-1], "%?")

    def without_first_character(self) -> Secret:
        """The value without its first character."""
        return self._derived(self[1:], "#?")

    def with_character_appended(self) -> Secret:
        """The value with one more character."""
        return Secret(f"{self}x", self.variable, f"${{{self.variable}}}x")

    def with_case_changed(self) -> Secret:
        """The value with uppercase and lowercase letters swapped."""
        return self._derived(self.swapcase(), "~~")

    def with_prefix(self, prefix: str) -> Secret:
        """The value after *prefix*, the name of an authentication scheme."""
        return Secret(f"{prefix}{self}".rstrip(), self.variable, f"{prefix}{self.shown}".rstrip())

    def without_prefix(self, prefix: str) -> Secret:
        """The value without *prefix*, which is case-insensitive, and without surrounding whitespace."""
        bare = str(self).strip(" \t")
        if prefix and bare.lower().startswith(prefix.lower()):
            shown = f"${{{self.variable}#{bare[: len(prefix)]}}}" if self.shown == f"${self.variable}" else ""
            return Secret(bare[len(prefix) :].strip(" \t"), self.variable, shown)
        return Secret(bare, self.variable)

    def _derived(self, value: str, expansion: str) -> Secret:
        return Secret(value, self.variable, f"${{{self.variable}{expansion}}}")
