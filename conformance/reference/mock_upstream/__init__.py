"""The mock upstream of a gateway."""
