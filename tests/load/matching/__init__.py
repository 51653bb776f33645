"""What the benchmark of matching measures: a process of its own, beside the product's code and in its database."""
