# Hashes a tuple that is nested too deep. | raised memory crashed time value
def extract(text):
    deep = ()
    for _ in range(500_000):
        deep = (deep,)
    return {"n": len({deep: 1})}
