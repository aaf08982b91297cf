# Climbs from an exception to the frames of its callers. | raised code
def extract(text):
    try:
        raise ValueError("x")
    except ValueError as error:
        return {"text": str(error.__traceback__.tb_frame.f_back.f_globals)}
