# Climbs through attributes by name. | raised code
def extract(text):
    return {"text": str(getattr(getattr((), "__cl" + "ass__"), "__ba" + "ses__"))}
