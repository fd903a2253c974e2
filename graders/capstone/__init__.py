"""What the capstone's checks read and compute: in numpy, where the verdict is reached."""
