# Changes what is global, the driver with it. | raised code
def extract(text):
    globals()["kinglet_call_"] = None
    return {}
