# Compares and prints lists that are nested too deep. | raised memory crashed time value
def extract(text):
    one, two = [], []
    for _ in range(200_000):
        one, two = [one], [two]
    return {"same": one == two, "text": repr(one)}
