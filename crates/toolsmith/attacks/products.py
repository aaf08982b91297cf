# Lists a product that has no end in practice. | time memory raised crashed code
import itertools

def extract(text):
    return {"list": list(itertools.product(range(100), repeat=20))}
