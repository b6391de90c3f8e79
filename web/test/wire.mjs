// A wire to the server that can be cut.
import net from 'node:net';
import { url } from './server.mjs';

/**
 * Opens a port of its own that leads to the server. `heads` are the requests that clients sent, `answers` the bytes that came
 * back. `cut` ends every connection, and what is on its way is lost; `hangUp` ends them once all that came back is with the client.
 */
export async function wire(t) {
  const { hostname, port } = new URL(url);
  const sockets = new Set();
  const clients = new Set();
  const heads = [];
  const answers = [];
  const ends = (socket) => {
    sockets.add(socket);
    return socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  };
  const listener = net.createServer((client) => {
    const server = ends(net.connect(port, hostname));
    ends(client).on('data', (data) => /^[A-Z]+ /.test(data.toString('latin1')) && heads.push(data.toString('latin1')));
    clients.add(client);
    client.pipe(server).pipe(client);
    server.on('data', (data) => answers.push(data.toString('latin1')));
    client.on('close', () => clients.delete(client) && server.destroy());
    server.on('close', () => client.destroy());
  });
  await new Promise((listening) => listener.listen(0, '127.0.0.1', listening));
  const cut = () => sockets.forEach((socket) => (socket.writableEnded ? socket.destroy() : socket.resetAndDestroy()));
  const hangUp = () => clients.forEach((client) => client.end());
  t.after(() => {
    listener.close();
    cut();
  });
  return { url: `http://127.0.0.1:${listener.address().port}`, heads, answers, cut, hangUp };
}
