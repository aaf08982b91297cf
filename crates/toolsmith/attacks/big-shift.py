# Shifts by more than there is memory. | time memory raised crashed
def extract(text):
    return {"n": (1 << (1 << 40)) & 1}
