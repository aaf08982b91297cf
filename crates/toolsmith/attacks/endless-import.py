# Loops as the code is loaded, before any function is called. | time
while True:
    pass

def extract(text):
    return {}
