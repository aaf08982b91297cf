# Reads JSON that is nested too deep. | raised memory crashed time value
import json

def extract(text):
    return {"deep": json.loads("[" * 500_000 + "]" * 500_000)}
