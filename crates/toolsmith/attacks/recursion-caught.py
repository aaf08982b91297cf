# Calls itself for ever, twice each time, and catches the end of the stack. | time raised memory crashed
def extract(text):
    try:
        extract(text)
    except RecursionError:
        pass
    extract(text)
