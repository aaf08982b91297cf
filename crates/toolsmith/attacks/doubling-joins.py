# Doubles a text by replacing and joining. | time memory raised crashed
def extract(text):
    text = "xx"
    while True:
        text = text.replace("x", "xx")
        text = text.join(["x", "x", "x"])
