# Two functions call each other through a sort's key. | raised time memory crashed
def one(value):
    return sorted([value, value], key=two)

def two(value):
    return sorted([value, value], key=one)

def extract(text):
    return {"list": one(1)}
