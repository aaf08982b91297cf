# Asks for combinations one after the other, of which there are too many. | time memory raised crashed code
import itertools

def extract(text):
    return {"n": sum(1 for _ in itertools.permutations(range(30)))}
