// Takes UDP port 5353 for itself alone, IPv4 and IPv6.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

for (const type of ['udp4', 'udp6'] as const) {
  const socket = createSocket({ type, ipv6Only: type === 'udp6' });
  socket.bind(5353);
  await once(socket, 'listening');
}
process.stdout.write('ready\n');
