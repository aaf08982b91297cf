# Writes a file. | raised code
def extract(text):
    with open("MARKER", "w") as file:
        file.write("x")
    return {}
