# Imports by the function behind the statement. | raised code
def extract(text):
    return {"n": __import__("os").system("touch MARKER")}
