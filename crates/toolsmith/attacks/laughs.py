# Gives back a small list that is huge once it is written out. | time memory raised crashed value output
def extract(text):
    items = ["ha"] * 10
    for _ in range(40):
        items = [items, items, items, items]
    return {"items": items}
