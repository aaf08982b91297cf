# Writes a file by its path. | raised code
from pathlib import Path

def extract(text):
    Path("MARKER").write_text("x")
    return {}
