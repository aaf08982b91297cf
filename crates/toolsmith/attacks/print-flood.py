# Prints without end. | time memory raised crashed
def extract(text):
    while True:
        print("x" * 100_000)
