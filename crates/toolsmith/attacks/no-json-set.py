# Gives back a set. | value
def extract(text):
    return {"set": {1, 2}}
