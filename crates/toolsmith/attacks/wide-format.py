# Pads a number to more than there is memory. | time memory raised crashed
def extract(text):
    return {"text": "{:>99999999999}".format(7), "more": f"{7:>99999999999}", "most": "%99999999999d" % 7}
