# Looks ahead and repeats. | time raised memory crashed served
import re

def extract(text):
    return {"n": 0 if re.search(r"(?=(a+))(a*b)+?(?!x)(.*)*$z", "ab" * 5000) is None else 1}
