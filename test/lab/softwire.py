"""One end of a softwire (RFC 6333 §5.2): what is sent into DEVICE travels as IPv4 in IPv6 (RFC 2473) to the other end.

For kernels without ip6tnl. Usage: softwire.py DEVICE OWN-ADDRESS OTHER-ADDRESS
"""

import fcntl
import os
import select
import socket
import struct
import sys

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 1, 0x1000
# The next header that says IPv4.
IPV4 = 4

device, own, other = sys.argv[1:]
tun = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
line = socket.socket(socket.AF_INET6, socket.SOCK_RAW, IPV4)
line.bind((own, 0))
os.write(1, b"joined\n")

while True:
    for ready in select.select([tun, line], [], [])[0]:
        if ready == tun:
            packet = os.read(tun, 65536)
            if packet[0] >> 4 == 4:
                line.sendto(packet, (other, 0))
        else:
            packet, sender = line.recvfrom(65536)
            if sender[0] == other:
                os.write(tun, packet)
