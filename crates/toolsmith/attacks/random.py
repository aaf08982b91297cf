# Rolls dice. | raised code
import random

def extract(text):
    return {"n": random.random()}
