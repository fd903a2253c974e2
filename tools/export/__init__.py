"""What other systems read, one file a format; each holds a command of ``course export``."""
