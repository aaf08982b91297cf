# Repeats an item more often than there is memory. | time memory raised crashed
def extract(text):
    return {"list": [0] * 10**11}
