// Listens on a device's ports at one address and prints `connected PORT` for each connection. Arguments: address, and
// `engine` to answer on 2377 as an engine without containers; without it everybody is accepted and nothing is said.
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';

const [address = '', manner] = process.argv.slice(2);

const answers: Record<string, unknown> = {
  '/version': { Version: '20.10.44', ApiVersion: '1.41', Arch: 'amd64' },
  '/info': {
    ID: 'ENGINE',
    Name: 'mydevice',
    OperatingSystem: 'Some OS',
    Architecture: 'x86_64',
    Containers: 0,
  },
};

const engine = (): Server =>
  createHttpServer((request, response) => {
    const path = (request.url ?? '').replace(/^\/v[\d.]+/, '').split('?', 1)[0] ?? '';
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(answers[path] ?? []));
  });

const ports = manner === 'engine' ? [2377] : [22222, 2377, 2375, 48484];
let listening = 0;
for (const port of ports) {
  const server =
    manner === 'engine' ? engine() : createServer(socket => void socket.on('error', () => undefined));
  server.on('connection', () => process.stdout.write(`connected ${port.toString()}\n`));
  server.listen(port, address, () => {
    listening += 1;
    if (listening === ports.length) process.stdout.write('ready\n');
  });
}
