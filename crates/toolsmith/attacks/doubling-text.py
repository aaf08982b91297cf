# Doubles a text until nothing is left. | time memory raised crashed
def extract(text):
    text = "x"
    while True:
        text += text
