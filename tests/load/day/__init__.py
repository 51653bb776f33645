"""A simulated day of people who search, answer and talk, through the product's own services on a clock of its own."""
