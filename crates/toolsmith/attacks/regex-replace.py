# Replaces every gap between letters by a long text. | time raised memory crashed
import re

def extract(text):
    return {"text": re.sub("", "x" * 1_000_000, "a" * 1_000_000)}
