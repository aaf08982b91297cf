# Calls the C library. | raised code
import ctypes

def extract(text):
    ctypes.CDLL(None).system(b"touch MARKER")
    return {}
