#!/usr/bin/python3
"""PacketScope as a switch of Mininet.

    sudo python3 examples/mininet/packetscope.py           hosts ping one another; then a prompt
    sudo python3 examples/mininet/packetscope.py --check   pings, compares the counts, ends

In a script of your own:

    from packetscope import PacketScope
    net.addSwitch('s1', cls=PacketScope, program='basic.p4', entries=['entries.txt'], queries=['lost.scope'])

Port N of the program is the interface sN-ethN of Mininet (Mininet counts from 1, and keeps 0 for lo).
What the switch prints, rows of queries and at its end the balance, is in NAME.log; `packetscope ctl
--control NAME.ctl` takes commands while it runs.
"""
import os
import subprocess
import sys
import tempfile
import time

from mininet.cli import CLI
from mininet.net import Mininet
from mininet.node import Host, Switch

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


class PacketScope(Switch):
    """A P4 program, its entries and queries, in `packetscope switch`."""

    def __init__(self, name, program, entries=(), queries=(), options=(), folder='.',
                 command=os.environ.get('PACKETSCOPE', 'packetscope'), **params):
        super().__init__(name, **params)
        self.log = os.path.join(folder, name + '.log')
        self.control = os.path.join(folder, name + '.ctl')
        self.command = [command, 'switch', program, '--control', self.control, *options]
        for path in entries:
            self.command += ['-e', path]
        for path in queries:
            self.command += ['-q', path]
        self.process = None

    def ctl(self, *words):
        """One command of simple_switch_CLI; what it printed."""
        return subprocess.run([self.command[0], 'ctl', '--control', self.control, ' '.join(words)],
                              capture_output=True, text=True).stdout

    def start(self, controllers):
        ports = []
        for port, interface in sorted(self.intfs.items()):
            if interface.name != 'lo':
                self.cmd('sysctl -qw net.ipv6.conf.%s.disable_ipv6=1' % interface.name)
                ports += ['-i', '%d@%s' % (port, interface.name)]
        with open(self.log, 'w') as log:
            self.process = self.popen(self.command + ports, stdout=log, stderr=log)
        while self.process.poll() is None and not self.ctl('show_ports'):
            time.sleep(0.05)  # the program is compiled; the first answer comes when ports are open
        if self.process.poll() is not None:
            raise RuntimeError('%s did not start:\n%s' % (self.name, open(self.log).read()))

    def stop(self, deleteIntfs=True):
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.process = None
        super().stop(deleteIntfs)


class Routed(Host):
    """A host that sends everything to its router, whose address needs no ARP."""

    def config(self, **params):
        result = super().config(**params)
        self.cmd('ethtool -K %s tx off' % self.defaultIntf())
        self.cmd('ip route add default via %s dev %s' % (params['gateway'], self.defaultIntf()))
        self.cmd('ip neigh replace %s lladdr 08:00:00:00:00:01 dev %s nud permanent' % (params['gateway'], self.defaultIntf()))
        return result


def star(folder):
    """Three networks around one router."""
    net = Mininet(controller=None)
    query = os.path.join(folder, 'who.scope')
    with open(query, 'w') as f:
        f.write('who = egress().filter(ipv4.proto_out == 1)\n'
                '\t.reduce(keys=(ipv4.srcIP_out, ipv4.dstIP_out), func=count).window(60s)\n')
    entries = os.path.join(folder, 'entries.txt')
    with open(entries, 'w') as f:
        for n in (1, 2, 3):
            f.write('table_add BasicIngress.routes forward 10.0.%d.0/24 => 08:00:00:00:0%d:11 %d\n' % (n, n, n))
    s1 = net.addSwitch('s1', cls=PacketScope, program=os.path.join(ROOT, 'examples/basic/basic.p4'),
                       entries=[entries], queries=[query], folder=folder)
    for n in (1, 2, 3):
        host = net.addHost('h%d' % n, cls=Routed, ip='10.0.%d.1/24' % n, mac='08:00:00:00:0%d:11' % n,
                           gateway='10.0.%d.254' % n)
        net.addLink(s1, host, port1=n)
    return net, s1


def main():
    with tempfile.TemporaryDirectory() as folder:
        net, s1 = star(folder)
        net.start()
        try:
            lost = net.pingAll()
            print(s1.ctl('stats'), end='')
            if '--check' not in sys.argv:
                print('*** rows are in %s' % s1.log)
                CLI(net)
        finally:
            net.stop()
        print(open(s1.log).read(), end='')
    return lost != 0


if __name__ == '__main__':
    sys.exit(main())
