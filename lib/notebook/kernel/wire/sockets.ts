import type { Buffer } from "node:buffer";
import { Publisher, Reply, Router } from "zeromq";
import { addressOf, type Connection } from "./connection.ts";
import { Codec, type Message, type Outgoing } from "./message.ts";

/** Milliseconds between two looks at the sockets while messages come, and otherwise. */
const PAUSE = { busy: 1, idle: 15 };

/** Milliseconds for which the sockets count as busy after a message. */
const BUSY_TIME = 1000;

/** No socket drops what it has to send, and none holds the process up for long when it ends. */
const OPTIONS = { sendHighWaterMark: 0, linger: 1000 };

/** The channels on which requests arrive. */
export type Channel = "shell" | "control" | "stdin";

/** The function that is called with each message that arrives. */
export type Listener = (channel: Channel, message: Message) => void;

/**
 * The five sockets of a Jupyter kernel.
 *
 * ZeroMQ's package waits for messages through libuv's poll, which Deno does not have: its `receive`
 * would never return. The sockets are therefore looked at in turn, which costs about 1 % of a core
 * while nothing happens.
 */
export class Sockets {
  readonly #codec: Codec;
  readonly #routers: Record<Channel, Router>;
  readonly #iopub = new Publisher(OPTIONS);
  readonly #heartbeat = new Reply(OPTIONS);
  #lastMessage = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sending: Promise<unknown> = Promise.resolve();

  private constructor(key: string) {
    this.#codec = new Codec(key);
    const router = () => new Router({ ...OPTIONS, receiveHighWaterMark: 0, handover: true });
    this.#routers = { shell: router(), control: router(), stdin: router() };
  }

  /** Returns sockets that listen where the connection says. */
  static async bind(connection: Connection): Promise<Sockets> {
    const sockets = new Sockets(connection.key);
    await sockets.#routers.shell.bind(addressOf(connection, "shell"));
    await sockets.#routers.control.bind(addressOf(connection, "control"));
    await sockets.#routers.stdin.bind(addressOf(connection, "stdin"));
    await sockets.#iopub.bind(addressOf(connection, "iopub"));
    await sockets.#heartbeat.bind(addressOf(connection, "hb"));
    return sockets;
  }

  /** Calls `listener` with each message, until {@link close}. */
  listen(listener: Listener): void {
    const look = async () => {
      await this.#look(listener);
      const busy = performance.now() - this.#lastMessage < BUSY_TIME;
      this.#timer = setTimeout(look, busy ? PAUSE.busy : PAUSE.idle);
    };
    this.#timer = setTimeout(look);
  }

  /** Sends a message on a channel. Messages leave in the order of the calls. */
  send(channel: Channel, message: Outgoing): void {
    this.#queue(this.#routers[channel], message);
  }

  /** Publishes a message to everybody who listens to the kernel. */
  publish(message: Outgoing): void {
    this.#queue(this.#iopub, { ...message, addresses: [message.type] });
  }

  /** Closes the sockets when all that was sent has left. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#sending;
    for (const socket of [...Object.values(this.#routers), this.#iopub, this.#heartbeat]) {
      socket.close();
    }
  }

  #queue(socket: Router | Publisher, message: Outgoing): void {
    const frames = this.#codec.encode(message);
    this.#sending = this.#sending.then(() => socket.send(frames)).catch((error) => {
      console.error("A message could not be sent:", error);
    });
  }

  async #look(listener: Listener): Promise<void> {
    // Control comes first, so that a Stop overtakes the cells that wait.
    for (const channel of ["control", "shell", "stdin"] as const) {
      const router = this.#routers[channel];
      while (router.readable) {
        this.#lastMessage = performance.now();
        const message = this.#codec.decode(await router.receive() as Buffer[]);
        if (message) listener(channel, message);
      }
    }
    while (this.#heartbeat.readable) await this.#heartbeat.send(await this.#heartbeat.receive());
  }
}
