"""子命令: one file a family of commands; each is loaded when it is called (see `app.py`)."""
