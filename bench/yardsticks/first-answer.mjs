// The least a program can do to find a device: one query, the first answer printed. Argument: the address to send from.
import { createSocket } from 'node:dgram';

const labels = ['_resin-device', '_sub', '_ssh', '_tcp', 'local'];
const query = Buffer.concat([
  Buffer.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
  ...labels.map(label => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
  Buffer.from([0, 0, 12, 0, 1]),
]);
const socket = createSocket('udp4');
socket.on('message', (answer, source) => {
  process.stdout.write(`${source.address} ${answer.length}\n`);
  socket.close();
});
socket.bind(0, process.argv[2], () => {
  socket.setMulticastInterface(process.argv[2]);
  socket.send(query, 5353, '224.0.0.251');
});
