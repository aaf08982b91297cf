# Gives back bytes, a function, a type and an exception. | value
def extract(text):
    return {"all": [b"x", extract, int, ValueError("x")]}
