# Writes JSON that is nested too deep. | raised memory crashed time value
import json

def extract(text):
    deep = []
    for _ in range(500_000):
        deep = {"a": deep}
    return {"text": json.dumps(deep)}
