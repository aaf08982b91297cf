# Loops for ever and catches whatever would end it. | time memory raised crashed
def extract(text):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
