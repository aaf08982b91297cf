# Connects to a port of this machine. | raised code
import socket

def extract(text):
    socket.create_connection(("127.0.0.1", PORT)).send(b"x")
    return {}
