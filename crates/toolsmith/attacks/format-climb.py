# Climbs through attributes in a format. | raised code
def extract(text):
    return {"text": "{0.__class__.__init__.__globals__}".format(extract)}
