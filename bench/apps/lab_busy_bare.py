import time

time.sleep(6)
