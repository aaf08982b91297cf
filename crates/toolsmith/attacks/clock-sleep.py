# Sleeps. | raised code
import time

def extract(text):
    time.sleep(3600)
    return {}
