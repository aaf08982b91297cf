# Matches with nested repetitions. | time raised memory crashed served
import re

def extract(text):
    return {"n": 0 if re.match(r"(a+)+$", "a" * 5000 + "b") is None else 1}
