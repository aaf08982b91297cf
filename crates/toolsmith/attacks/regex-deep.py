# Nests a pattern too deep. | time raised memory crashed
import re

def extract(text):
    re.compile("(" * 100_000 + "a" + ")" * 100_000)
    return {}
