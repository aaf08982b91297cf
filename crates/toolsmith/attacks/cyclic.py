# Gives back a list that holds itself. | value raised memory crashed time
def extract(text):
    items = [1]
    items.append(items)
    return {"items": items}
