# Reads the clock. | raised code
from datetime import datetime

def extract(text):
    return {"now": str(datetime.now())}
