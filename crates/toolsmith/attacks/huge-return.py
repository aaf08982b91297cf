# Gives back more than may be given back. | output memory time crashed
def extract(text):
    return {"text": "x" * 5_000_000}
