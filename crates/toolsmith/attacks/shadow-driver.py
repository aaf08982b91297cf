# Puts functions in the place of the driver's. | value raised served code
def kinglet_call_(do, text, arguments, result):
    return [{"forged": 1}, None, "forged"]

kinglet_do_ = "extract"
type = lambda value: dict

def extract(text):
    return {"forged": 1}
