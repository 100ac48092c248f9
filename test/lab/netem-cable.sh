#!/bin/sh
# The first program of a user-mode Linux that is a bad cable: it bridges its two network devices, and tc's netem on
# each of them loses, doubles and reorders what goes out there. The files are the machine's own, to be read only.
# From the kernel's command line: LOSS, DUPLICATION and PROMPT in per cent; what is not prompt lets others pass.
set -e
mount -t proc proc /proc
mount -t tmpfs tmpfs /mnt
mkdir /mnt/lib
ln -s /usr/lib/uml/modules /mnt/lib/modules
modprobe -d /mnt -a bridge sch_netem
# It is a cable: nothing on it is its own.
echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
ip link add cable type bridge stp_state 0 forward_delay 0 mcast_snooping 0
for end in vec0 vec1; do
  tc qdisc add dev $end root netem delay 110ms 90ms reorder "$PROMPT%" loss "$LOSS%" duplicate "$DUPLICATION%"
  ip link set $end master cable up
done
ip link set cable up
echo joined
exec sleep 1000000
