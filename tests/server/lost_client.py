"""A client that is killed stops its query; a result of any size needs the memory of a few batches."""

import os
import re
import signal
import subprocess
import sys
import time

import psycopg

PROCESS = os.environ["SKEP_SERVER_PROCESS"]


def cpu():
    fields = open(f"/proc/{PROCESS}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory():
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{PROCESS}/status").read()).group(1)) / 1024


CLIENT = "import psycopg; psycopg.connect(autocommit=True, options='-c skep.dialect=spark').execute('SELECT sum(id % 7) FROM range(100000000000)')"
client = subprocess.Popen([sys.executable, "-c", CLIENT])
time.sleep(3)
client.send_signal(signal.SIGKILL)
client.wait()
time.sleep(2)
before = cpu()
time.sleep(1)
assert cpu() - before < 0.5, "the query of a client that is gone still runs"

connection = psycopg.connect(autocommit=True, options="-c skep.dialect=spark")
baseline = memory()
with connection.cursor() as cursor:
    with cursor.copy("COPY (SELECT id, id * 2, id * 3 FROM range(2000000)) TO STDOUT (FORMAT binary)") as copy:
        highest, read = 0, 0
        for data in copy:
            read += 1
            if read % 200000 == 1:
                highest = max(highest, memory())
assert highest - baseline < 300, (baseline, highest)
