# Uses dictionaries with huge keys. | time memory raised crashed value output
def extract(text):
    kept = {}
    for i in range(10_000):
        kept["x" * 100_000 + str(i)] = tuple(range(1000))
    return kept
