# Matches with a back-reference, which no automaton can. | time raised memory crashed served
import re

def extract(text):
    return {"n": 0 if re.match(r"(a|aa)+(\1)*(a|b|ab)*c$", "a" * 5000 + "b") is None else 1}
