# Calls itself for ever. | raised memory crashed
def extract(text):
    return extract(text)
