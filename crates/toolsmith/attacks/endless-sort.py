# Sorts with a key that never returns. | time
def extract(text):
    def key(value):
        while True:
            pass
    return {"list": sorted([1, 2], key=key)}
