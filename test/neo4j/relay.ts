/** A loopback TCP relay in front of a server, to be cut, stalled and mended: what a network does, on purpose. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface Relay {
  readonly port: number;
  /** Ends all connections and refuses new ones. */
  cut(): Promise<void>;
  /** Takes connections again. */
  mend(): Promise<void>;
  /** From now on nothing of what the server sends is passed on. */
  stall(): void;
  /** Cuts by itself once the server has sent so much. */
  cutAfter(bytes: number): void;
  close(): Promise<void>;
}

export async function openRelay(target: { readonly host: string; readonly port: number }): Promise<Relay> {
  const sockets = new Set<Socket>();
  let stalled = false;
  let left = Infinity;
  let listener: Server;
  let port = 0;
  const pass = (client: Socket) => {
    const upstream = connect(target.port, target.host);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream);
    upstream.on('data', (data) => {
      left -= data.length;
      if (left < 0) void relay.cut();
      else if (!stalled) client.write(data);
    });
  };
  const relay: Relay = {
    get port() {
      return port;
    },
    async cut() {
      for (const socket of sockets) socket.destroy();
      if (!listener.listening) return;
      listener.close();
      await once(listener, 'close');
    },
    async mend() {
      stalled = false;
      left = Infinity;
      listener = createServer(pass).listen(port, '127.0.0.1');
      await once(listener, 'listening');
      port = (listener.address() as { port: number }).port;
    },
    stall() {
      stalled = true;
    },
    cutAfter(bytes) {
      left = bytes;
    },
    close: () => relay.cut(),
  };
  await relay.mend();
  return relay;
}
