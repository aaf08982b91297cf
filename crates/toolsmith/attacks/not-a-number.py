# Gives back what is no number. | value
def extract(text):
    return {"n": float("nan"), "m": float("inf")}
