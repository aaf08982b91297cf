# Sums up a generator without end. | time memory raised code
import itertools

def extract(text):
    return {"n": sum(n for n in itertools.count())}
