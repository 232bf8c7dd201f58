// node http-client.mjs PORT PATH COUNT: fetches a page COUNT times, one connection after another, and prints how many bytes came.
import { connect } from 'node:net';

const [port, path, count] = process.argv.slice(2);

const fetchOnce = () =>
  new Promise((resolve, reject) => {
    let bytes = 0;
    const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true });
    socket.end(`GET ${path} HTTP/1.0\r\n\r\n`);
    socket.on('data', chunk => (bytes += chunk.length));
    socket.on('error', reject).on('close', () => resolve(bytes));
  });

let bytes = 0;
for (let i = 0; i < Number(count); i++) {
  const got = await fetchOnce();
  if (got === 0) throw new Error('an empty answer');
  bytes += got;
}
process.stdout.write(`${bytes}\n`);
