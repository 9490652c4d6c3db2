"""The sub-commands, one module each. `conformance.cli.parser` lists them, and says what such a module contains."""
