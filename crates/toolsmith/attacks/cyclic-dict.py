# Compares, prints and gives back a dictionary that holds itself. | value raised memory crashed time
def extract(text):
    one = {}
    one["one"] = one
    two = {}
    two["one"] = two
    return {"same": one == two, "text": str(one), "one": one}
