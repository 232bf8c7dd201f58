// Listens on one TCP port and misbehaves. Arguments: port, and how: hang (accepts, says nothing), close (at once),
// garbage (bytes that are no protocol), ssh (a banner, nothing more).
import { createServer } from 'node:net';

const [port, manner] = process.argv.slice(2);

const server = createServer(socket => {
  socket.on('error', () => undefined);
  if (manner === 'close') socket.destroy();
  else if (manner === 'garbage')
    socket.end(Buffer.from([0xff, 0x1b, 0x5b, 0x32, 0x4a, 0x00, 0x0a, 0x0d, 0x0a]));
  else if (manner === 'ssh') socket.write('SSH-2.0-OpenSSH_9.2\r\n');
});
server.listen(Number(port), '0.0.0.0', () => process.stdout.write('ready\n'));
