# Gives back one list a million times. | time memory raised crashed output
def extract(text):
    items = ["ha" * 1000] * 1000
    return {"items": [items] * 1000}
