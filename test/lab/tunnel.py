"""A VPN's tunnel: makes DEVICE, swallows what is sent into it, and prints one JSON line of what that was at its end."""

import fcntl
import json
import os
import signal
import struct
import sys

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 1, 0x1000
UDP = 17

device = sys.argv[1]
tun = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
# Destinations and ports of UDP over IPv4.
datagrams = []


def end(*_):
    print(json.dumps({"datagrams": datagrams}), flush=True)
    os._exit(0)


signal.signal(signal.SIGTERM, end)
print("made", flush=True)
while True:
    packet = os.read(tun, 65536)
    if packet[0] >> 4 == 4 and packet[9] == UDP:
        port = packet[(packet[0] & 15) * 4 + 2 :][:2]
        datagrams.append([".".join(map(str, packet[16:20])), int.from_bytes(port, "big")])
