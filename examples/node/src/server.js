import { createServer } from 'node:http';
import { greet } from './greet.js';

const server = createServer((request, response) => {
  console.log(`${request.method} ${request.url}`);
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.end(`${greet()}\n`);
});

server.listen(80, () => console.log('listening on port 80'));
