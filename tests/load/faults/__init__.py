"""The fault run: many conversations while Telegram fails, processes are killed and servers die; who got what."""
