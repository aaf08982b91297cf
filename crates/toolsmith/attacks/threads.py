# Starts threads without end. | raised code
import threading

def extract(text):
    while True:
        threading.Thread(target=extract, args=[text]).start()
