# Loops for ever. | time
def extract(text):
    while True:
        pass
