# Walks through a range without end in practice. | time raised memory crashed
def extract(text):
    return {"n": sum(range(10**18)), "m": max(range(10**18)), "k": len(list(range(10**12)))}
