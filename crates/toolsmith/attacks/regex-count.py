# Counts repetitions of repetitions of repetitions. | time raised memory crashed
import re

def extract(text):
    return {"n": len(re.findall(r"((((a{1,1000}){1,1000}){1,1000}){1,1000})", "a" * 100_000))}
