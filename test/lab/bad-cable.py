"""A cable that loses, doubles and reorders frames, for kernels without tc's netem.

Run in a namespace that holds its two ends, the interfaces `half0` and `half1`.
Usage: bad-cable.py LOSS DUPLICATION REORDERING, each a probability for one frame in one direction.
"""

import heapq
import random
import select
import socket
import sys
import time

# linux/if_packet.h
SOL_PACKET = 263
PACKET_VNET_HDR = 15
PACKET_IGNORE_OUTGOING = 23
ETH_P_ALL = 3

# Seconds that a frame is late which lets others pass.
LATE = (0.02, 0.2)

loss, duplication, reordering = (float(word) for word in sys.argv[1:4])


def open_end(name):
    end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    # The kernel tells, and is told, what is left to do for a frame: its checksum and its segmentation.
    end.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    end.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    end.bind((name, 0))
    return end


a, b = open_end("half0"), open_end("half1")
other = {a: b, b: a}
waiting = []
count = 0


def send_at(moment, end, frame):
    global count
    count += 1
    heapq.heappush(waiting, (moment, count, end, frame))


sys.stdout.write("carries\n")
sys.stdout.flush()
while True:
    patience = max(0, waiting[0][0] - time.monotonic()) if waiting else None
    for end in select.select([a, b], [], [], patience)[0]:
        frame = end.recv(1 << 17)
        now = time.monotonic()
        if random.random() >= loss:
            late = random.uniform(*LATE) if random.random() < reordering else 0
            send_at(now + late, other[end], frame)
        if random.random() < duplication:
            send_at(now + random.uniform(*LATE), other[end], frame)
    while waiting and waiting[0][0] <= time.monotonic():
        _, _, end, frame = heapq.heappop(waiting)
        end.send(frame)
