# Writes an integer of millions of digits, for which the interpreter looks at no clock. | time memory raised crashed
def extract(text):
    return {"n": len(str(9**9**7))}
