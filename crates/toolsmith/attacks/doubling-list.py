# Doubles a list until nothing is left. | time memory raised crashed
def extract(text):
    items = [text]
    while True:
        items = items + items
