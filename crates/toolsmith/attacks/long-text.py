# Repeats a letter ten thousand million times. | time memory raised crashed
def extract(text):
    return {"text": "x" * 10**10}
