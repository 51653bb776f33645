"""`make bench`: what the product can carry, measured from outside on real parts and a bare stand-in of Telegram."""
