# Ends the program. | raised code
def extract(text):
    raise SystemExit(0)
