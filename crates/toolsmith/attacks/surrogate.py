# Gives back half a character. | value raised code
def extract(text):
    return {"text": chr(0xD800) + "\udfff"}
