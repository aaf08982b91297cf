# Replaces the code of a function. | raised code
def extract(text):
    extract.__code__ = extract.__code__.replace(co_code=b"")
    return {}
