"""The parts of the relay's benchmark."""
