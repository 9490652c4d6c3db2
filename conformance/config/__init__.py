"""The configuration of a run: options, settings, configuration file, headers."""
