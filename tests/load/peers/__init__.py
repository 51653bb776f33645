"""What the relay is measured against: the same work done by other means, started and alternated by the benchmark."""
