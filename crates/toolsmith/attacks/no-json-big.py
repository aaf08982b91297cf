# Gives back an integer that JSON's readers do not hold. | value
def extract(text):
    return {"n": 10**100}
