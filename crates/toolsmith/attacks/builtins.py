# Takes functions out of the builtins. | raised code
def extract(text):
    return {"n": __builtins__["open"]("MARKER", "w").write("x")}
