// The least that a Node.js server can do with a body; plain JavaScript, so that nothing else is in the process.
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    response.statusCode = body.length > 0 ? 200 : 400;
    response.setHeader('content-type', 'application/x-protobuf');
    response.setHeader('content-length', 0);
    response.end();
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
