# Sleeps for an hour. | raised code value time
import asyncio

async def extract(text):
    await asyncio.sleep(3600)
    return {}
