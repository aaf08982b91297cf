# Raises to a power that no memory holds. | time memory raised crashed
def extract(text):
    return {"n": 2 ** 10 ** 12 % 7}
