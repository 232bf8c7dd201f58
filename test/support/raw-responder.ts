// Answers mDNS questions with prepared packets. stdin: {"address": own IPv4, "replies": {"PTR": [base64, …], "SRV": …}}.
import { createSocket } from 'node:dgram';
import { text } from 'node:stream/consumers';

const typeNames: Record<number, string> = { 1: 'A', 12: 'PTR', 28: 'AAAA', 33: 'SRV' };

interface Script {
  address: string;
  replies: Record<string, string[]>;
}

/** The type names of the questions in a query without compression. */
function questionTypes(query: Buffer): string[] {
  const types: string[] = [];
  let offset = 12;
  for (let left = query.readUInt16BE(4); left > 0; left--) {
    while (query[offset] !== 0) offset += (query[offset] ?? 0) + 1;
    types.push(typeNames[query.readUInt16BE(offset + 1)] ?? '');
    offset += 5;
  }
  return types;
}

const { address, replies } = JSON.parse(await text(process.stdin)) as Script;
const socket = createSocket({ type: 'udp4', reuseAddr: true });
socket.on('message', (message, source) => {
  if ((message.readUInt16BE(2) & 0x8000) !== 0) return;
  // From a port of its own a querier wants the answer there; else everybody gets it (RFC 6762 §6.7).
  const target = source.port === 5353 ? '224.0.0.251' : source.address;
  for (const type of questionTypes(message))
    for (const reply of replies[type] ?? []) socket.send(Buffer.from(reply, 'base64'), source.port, target);
});
socket.bind(5353, () => {
  socket.addMembership('224.0.0.251', address);
  socket.setMulticastInterface(address);
  process.stdout.write('ready\n');
});
