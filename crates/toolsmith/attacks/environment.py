# Gives back the environment. | raised code
import os

def extract(text):
    return {"text": str(dict(os.environ)), "path": os.getenv("PATH")}
