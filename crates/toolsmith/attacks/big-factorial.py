# Multiplies until it is killed. | time memory raised crashed
import math

def extract(text):
    return {"n": math.factorial(10_000_000) % 7}
