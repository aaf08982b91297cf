# Reads an integer of millions of digits. | time memory raised crashed
def extract(text):
    return {"n": int("9" * 20_000_000) % 7}
