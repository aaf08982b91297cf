# Evaluates text as code. | raised code
def extract(text):
    return {"n": eval("__import__('os').system('touch MARKER')")}
